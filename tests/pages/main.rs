//! `sekisho-pages DIR` writes manual pages and what shells complete, for both programs.
//!
//! Touches `DIR`. Must never say anything that `--help` does not.

use std::fs::{File, create_dir_all};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap_complete::{Shell, generate};

fn main() -> anyhow::Result<()> {
    let dir = std::env::args_os().nth(1).map(PathBuf::from);
    let dir = dir.context("sekisho-pages DIR")?;
    for command in [
        sekisho_agent::cli::command(),
        sekisho_collector::cli::command(),
    ] {
        write(&dir, command)?;
    }
    Ok(())
}

fn write(dir: &Path, mut command: clap::Command) -> anyhow::Result<()> {
    let name = command.get_name().to_owned();
    // Before the shells' part gives every command a `help`, which says what the pages say.
    let own = without_help(command.clone());
    for (folder, shell) in [
        ("bash", Shell::Bash),
        ("zsh", Shell::Zsh),
        ("fish", Shell::Fish),
    ] {
        let folder = dir.join(folder);
        create_dir_all(&folder)?;
        let mut file = File::create(folder.join(&name))?;
        generate(shell, &mut command, name.as_str(), &mut file);
    }
    let man = dir.join("man");
    create_dir_all(&man)?;
    clap_mangen::generate_to(own, &man).context("the manual pages cannot be written")
}

fn without_help(command: clap::Command) -> clap::Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help)
}
