//! `sekisho-agent capture`: writes down what every fact is read from, so that it can be judged elsewhere.
//!
//! Touches the sensors and one folder, which it makes or finds empty. Must never write into a folder that
//! holds something or is somebody else's, nor leave half a capture behind.

#[cfg_attr(unix, path = "capture/folder.rs")]
#[cfg_attr(windows, path = "capture/folder_windows.rs")]
mod folder;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use sekisho_policy::reading::Reading;
use sekisho_policy::words::{self, shown};
use sekisho_proto::json::Time;
use serde::Serialize;

use super::terminal::{Lang, Style, language};
use super::{EXIT_OK, Failure, print};
use crate::ask::AskError;
use crate::clock;
use crate::sensors::{Deadlines, FORMAT, INDEX, Index, Recorded, Root, WINDOWS, gather};
use folder::{Prepared, prepared};

/// Lines of what could not be read; all of them are in the list.
const REFUSED_LINES: usize = 10;

/// What `capture` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to write to; it is made, or must be empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Capture a system of one's own below this folder
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
    /// Language of the text; that of the locale where it is not given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

#[derive(Serialize)]
struct CaptureJson<'a> {
    format: &'static str,
    folder: String,
    taken_at: Time,
    host: &'a str,
    paths: usize,
    files: usize,
    bytes: u64,
    late: &'a BTreeSet<String>,
    refused: Vec<RefusedJson<'a>>,
}

#[derive(Serialize)]
struct RefusedJson<'a> {
    path: &'a str,
    why: &'static str,
    detail: String,
}

/// Runs the capture.
///
/// # Errors
/// [`Failure`] when the folder cannot be had, holds something, or cannot be written to.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let language = language(arguments.lang);
    let name = arguments.folder.display().to_string();
    let prepared = match prepared(&arguments.folder) {
        Ok(prepared) => prepared,
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            let said = words::text(language, "capture-not-empty", &[("folder", &name)]);
            return Err(Failure::named("not_empty", anyhow::anyhow!(said)));
        }
        // The system's own refusal has a number.
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied
                && error.raw_os_error().is_none() =>
        {
            let said = words::text(language, "capture-not-yours", &[("folder", &name)]);
            return Err(Failure::named("not_yours", anyhow::anyhow!(said)));
        }
        Err(error) => return Err(anyhow::Error::from(error).context(name).into()),
    };
    let base = arguments.root.as_deref().unwrap_or(Path::new("/"));
    let index = match captured(base, &prepared.path) {
        Ok(index) => index,
        Err(error) => {
            cleared(&prepared, &arguments.folder);
            let said = words::text(language, "capture-failed", &[("folder", &name)]);
            return Err(error.context(said).into());
        }
    };
    tell(arguments, &index)?;
    Ok(EXIT_OK)
}

fn captured(base: &Path, folder: &Path) -> anyhow::Result<Index> {
    let recorded = Arc::new(Recorded::new(base, folder));
    let taken_at = Time(clock::now());
    let facts = gather(&Root::recorded(&recorded), Deadlines::default());
    let paths = recorded.close()?;
    let index = Index {
        format: FORMAT.to_owned(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        host: match facts.host {
            Reading::Known(host) => host.hostname,
            Reading::Absent | Reading::Unknown(_) => String::new(),
        },
        system: cfg!(windows).then(|| WINDOWS.to_owned()),
        by_hand: false,
        late: recorded.late(),
        paths,
    };
    let mut list = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(io::BufWriter::new(list.as_file_mut()), &index)?;
    list.as_file().sync_all()?;
    // Without it the folder is no capture; it comes last.
    list.persist(folder.join(INDEX))?;
    Ok(index)
}

/// Takes away what was written.
fn cleared(prepared: &Prepared, folder: &Path) {
    // What cannot be taken away is no capture either.
    for entry in fs::read_dir(&prepared.path).into_iter().flatten().flatten() {
        let path = entry.path();
        drop(fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path)));
    }
    if prepared.made {
        drop(fs::remove_dir(folder));
    }
}

fn tell(arguments: &Arguments, index: &Index) -> anyhow::Result<()> {
    let language = language(arguments.lang);
    let kept = || index.paths.values().filter_map(|entry| entry.bytes);
    let (files, bytes) = (kept().count(), kept().fold(0, u64::saturating_add));
    // What is not there is an answer.
    let refused = index.paths.iter().filter_map(|(path, entry)| {
        let refusal = entry.refused.as_ref().or(entry.hidden.as_ref())?;
        let error = AskError::from(refusal);
        (!matches!(error, AskError::Missing(_))).then(|| (path.as_str(), error.why()))
    });
    if arguments.json {
        let refused = refused.map(|(path, why)| RefusedJson {
            path,
            why: why.code(),
            detail: why.to_string(),
        });
        let answer = CaptureJson {
            format: FORMAT,
            folder: arguments.folder.display().to_string(),
            taken_at: index.taken_at,
            host: &index.host,
            paths: index.paths.len(),
            files,
            bytes,
            late: &index.late,
            refused: refused.collect(),
        };
        print(&serde_json::to_string(&answer)?).context("writing the answer")?;
        return Ok(());
    }
    let style = Style::of_stdout();
    let mut out = io::stdout().lock();
    let folder = arguments.folder.display().to_string();
    let (files, kib) = (files.to_string(), bytes.div_ceil(1024).to_string());
    let args = [("folder", &*folder), ("files", &files), ("kib", &kib)];
    let mut say = |key: &str, indent: usize, args: &[(&str, &str)]| {
        let said = words::text(language, key, args);
        writeln!(out, "{}", style.wrap(&said, indent))
    };
    say("capture-written", 0, &args)?;
    for fact in &index.late {
        say("capture-late", 0, &[("fact", fact.as_str())])?;
    }
    let refused: Vec<_> = refused.collect();
    if !refused.is_empty() {
        say("capture-refused", 0, &[])?;
    }
    for (path, why) in refused.iter().take(REFUSED_LINES) {
        let why = words::why(language, why);
        say(
            "capture-refused-path",
            4,
            &[("path", &shown(path)), ("why", &why)],
        )?;
    }
    if let Some(more @ 1..) = refused.len().checked_sub(REFUSED_LINES) {
        say("capture-refused-more", 0, &[("count", &more.to_string())])?;
    }
    say("capture-left-out", 0, &args)?;
    say("capture-next", 0, &args)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
