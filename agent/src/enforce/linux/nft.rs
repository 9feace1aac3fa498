//! Runs `nft` with a deadline, a size limit and an empty environment.
//!
//! Touches one child process. Must never search a path that others can write to, and never wait
//! without an end.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sekisho_policy::reading::Why;
use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::ask::{self, AskError, NFT};

/// How long one run may take. Loading the kernel's modules took one second in a slow guest.
const DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of a listing. The largest table the agent makes lists in about 100 KiB.
const LISTING_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes kept of what it complains of.
const COMPLAINT_BYTES_MAX: u64 = 4096;
/// Characters shown of what it complains of.
const COMPLAINT_CHARS_MAX: usize = 300;

/// What went wrong with a run of `nft`. The kernel's rules are as they were before it, unless the
/// run timed out.
#[derive(Debug, Error)]
pub enum NftError {
    /// It is not installed.
    #[error("nft is in none of {}; install the package nftables", NFT.join(", "))]
    Missing,
    /// Somebody other than root could replace the program, so it is not run.
    #[error(
        "{0} can be changed by others than root and is not run; make root its owner, mode 0755"
    )]
    Untrusted(PathBuf),
    /// It could not be started or spoken to.
    #[error("{path} could not be run")]
    Run {
        /// The program.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It did not end within the deadline and was killed.
    #[error("nft did not end within {} s", DEADLINE.as_secs())]
    TimedOut,
    /// It wrote more than may be taken.
    #[error("nft wrote more than {LISTING_BYTES_MAX} bytes")]
    TooLarge,
    /// It refused; nothing was changed.
    #[error("nft refused with status {status}: {complaint}")]
    Refused {
        /// Its exit status.
        status: i32,
        /// The beginning of what it wrote.
        complaint: String,
        /// Whether this process holds CAP_NET_ADMIN.
        permitted: bool,
    },
    /// It wrote something that is no listing.
    #[error("nft wrote no JSON")]
    NotJson(#[source] serde_json::Error),
    /// It wrote JSON without the list that every listing has.
    #[error("nft wrote JSON that is no listing")]
    NotAListing,
}

impl NftError {
    /// The error as the reason why something could not be told.
    #[must_use]
    pub fn why(&self) -> Why {
        let text = self.to_string();
        match self {
            Self::Missing => Why::ToolMissing(text),
            Self::TimedOut => Why::TimedOut(text),
            Self::TooLarge => Why::TooLarge(text),
            Self::Refused {
                permitted: false, ..
            }
            | Self::Untrusted(_) => Why::NotPermitted(text),
            Self::Run { .. } | Self::Refused { .. } | Self::NotJson(_) | Self::NotAListing => {
                Why::Unreadable(text)
            }
        }
    }
}

/// Runs `nft -j -f -` with these commands and gives what it wrote: a listing, or `None` when it
/// wrote nothing, as after a change.
///
/// # Errors
/// [`NftError`] when it is missing, refuses, is late or writes nonsense.
pub async fn run(commands: &Value) -> Result<Option<Value>, NftError> {
    run_with(&["-j", "-f", "-"], commands).await
}

/// Asks the kernel whether it would take these commands, and changes nothing.
///
/// # Errors
/// [`NftError`] as of [`run`].
pub async fn check(commands: &Value) -> Result<Option<Value>, NftError> {
    run_with(&["-j", "-c", "-f", "-"], commands).await
}

async fn run_with(arguments: &[&str], commands: &Value) -> Result<Option<Value>, NftError> {
    let path = program()?;
    let spawned = Command::new(&path)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = spawned.map_err(|source| NftError::Run {
        path: path.clone(),
        source,
    })?;
    let talk = converse(&mut child, commands.to_string());
    let (status, listing, complaint) = match tokio::time::timeout(DEADLINE, talk).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(source)) => return Err(NftError::Run { path, source }),
        Err(_) => return Err(NftError::TimedOut),
    };
    if listing.len() as u64 > LISTING_BYTES_MAX {
        return Err(NftError::TooLarge);
    }
    if !status.success() {
        return Err(NftError::Refused {
            status: status.code().unwrap_or(-1),
            complaint: shown(&complaint),
            permitted: ask::may_administer_network(),
        });
    }
    if listing.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    serde_json::from_slice(&listing)
        .map(Some)
        .map_err(NftError::NotJson)
}

fn program() -> Result<PathBuf, NftError> {
    ask::trusted(&NFT).map_err(|error| {
        if let AskError::Untrusted(path) = error {
            NftError::Untrusted(path)
        } else {
            NftError::Missing
        }
    })
}

/// Writes and reads at the same time: with one after the other both sides could wait on a full
/// pipe.
async fn converse(
    child: &mut Child,
    commands: String,
) -> std::io::Result<(std::process::ExitStatus, Vec<u8>, Vec<u8>)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut pipe) = stdin {
            // A program that refuses early closes its end; its status tells why.
            let _closed_early = pipe.write_all(commands.as_bytes()).await;
        }
    };
    let ((), listing, complaint) = tokio::join!(
        write,
        bounded(stdout, LISTING_BYTES_MAX),
        beginning(stderr, COMPLAINT_BYTES_MAX)
    );
    // Above its limit nobody reads on, so the child may be stuck on a full pipe.
    let listing = listing?;
    if listing.len() as u64 > LISTING_BYTES_MAX {
        child.start_kill()?;
    }
    Ok((child.wait().await?, listing, complaint?))
}

/// Reads up to one byte more than the limit, so that the caller can tell.
async fn bounded(pipe: Option<impl AsyncRead + Unpin>, max: u64) -> std::io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(max.saturating_add(1))
            .read_to_end(&mut taken)
            .await?;
    }
    Ok(taken)
}

/// Reads to the end and keeps the beginning: a complaint names every rule it is about.
async fn beginning(pipe: Option<impl AsyncRead + Unpin>, max: u64) -> std::io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(max).read_to_end(&mut taken).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(taken)
}

fn shown(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(COMPLAINT_CHARS_MAX).collect()
}
