//! `sekisho-agent enforce-at-boot`: puts the remembered order in force before the network comes up.
//!
//! Touches the memory, the firewall and the terminal. Must never open anything that is closed: what cannot be read
//! leaves the firewall as it is.

use std::path::PathBuf;

use clap::Args;

use sekisho_policy::order::Access;
use sekisho_policy::reading::Reading;
use sekisho_policy::words;

use super::{EXIT_OK, Failure, log};
use crate::paths::{Paths, config_path};
use crate::shell::AtBoot;
use crate::{config, shell};

/// What `enforce-at-boot` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value_os_t = config_path())]
    config: PathBuf,
}

/// Puts the order in force, says what came of it, and ends.
///
/// # Errors
/// [`Failure`] when the identity is damaged, the order cannot be read, the firewall is not as ordered, or
/// the configuration cannot be used. The last keeps nothing from being put in force.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    log::to_standard_error();
    let config = config::load(&arguments.config);
    let language = super::language();
    let say = |key, args: &[(&str, &str)]| words::text(language, key, args);
    let said = match super::runtime()?.block_on(shell::enforce_at_boot(paths, &config))? {
        AtBoot::NotEnrolled => say("local-not-enrolled", &[]),
        AtBoot::SwitchedOff => say("boot-switched-off", &[]),
        AtBoot::InForce(access) => say("boot-in-force", &[("access", &named(access))]),
        AtBoot::Damaged { why, shown } => {
            let args = [("why", why.as_str()), ("shown", &read(&shown))];
            return Err(anyhow::anyhow!(say("boot-damaged", &args)).into());
        }
        AtBoot::NotAsOrdered { ordered, shown } => {
            let args = [("ordered", named(ordered)), ("shown", read(&shown))];
            let args = args.each_ref().map(|(name, text)| (*name, text.as_str()));
            return Err(anyhow::anyhow!(say("boot-not-as-ordered", &args)).into());
        }
    };
    super::print(&said)?;
    match config.trouble {
        None => Ok(EXIT_OK),
        Some(why) => Err(Failure::usage(anyhow::anyhow!(why))),
    }
}

fn named(access: Access) -> String {
    words::text(super::language(), &format!("access-{}", access.name()), &[])
}

fn read(reading: &Reading<Access>) -> String {
    let language = super::language();
    match reading {
        Reading::Known(access) => named(*access),
        Reading::Absent => words::text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    }
}
