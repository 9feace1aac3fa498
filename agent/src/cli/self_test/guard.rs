//! A second process that lifts an isolation that is tried: when the first one says so, when it dies, or when the time is over.
//!
//! Touches the firewall. Must never lift what an order asks for: it puts in force what this machine remembers, which is
//! nothing where nothing was ordered.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use sekisho_policy::order::Access;
use sekisho_policy::reading::Reading;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::super::{EXIT_FINDINGS, EXIT_OK, Failure, runtime};
use crate::config::{self, Config};
use crate::enforce::plan::Way;
use crate::enforce::probe::Elsewhere;
use crate::enforce::{Desired, Enforcer};
use crate::paths::{Paths, config_path};
use crate::shell::AtBoot;
use crate::{clock, shell};

/// How much later than the first process the second one lifts.
const LATER: Duration = Duration::from_secs(5);
/// How long it may take to be there, and to lift.
const START_DEADLINE: Duration = Duration::from_secs(10);
const LIFT_DEADLINE: Duration = Duration::from_secs(60);
/// What it says when it is there.
const READY: &[u8] = b"ready";

/// What the second process is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Seconds after which the isolation is lifted in any case
    #[arg(long, value_name = "SECONDS")]
    lift_after: u64,
    #[arg(long, value_name = "FILE", default_value_os_t = config_path())]
    config: PathBuf,
}

/// The second process, as the first one holds it.
pub(super) struct Guard {
    child: Child,
    /// Its end is what the second one waits for.
    word: ChildStdin,
    paths: Paths,
    config: Config,
}

impl Guard {
    /// Starts it, and waits until it is there.
    pub(super) async fn start(paths: &Paths, config: &Path, span: Duration) -> io::Result<Self> {
        let after = span.saturating_add(LATER).as_secs().to_string();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--state-dir")
            .arg(paths.state_dir())
            .args(["self-test-guard", "--lift-after", &after])
            .arg("--config")
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(word), Some(mut said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut ready = [0; READY.len()];
        match timeout(START_DEADLINE, said.read_exact(&mut ready)).await {
            Ok(Ok(_)) if ready == READY => Ok(Self {
                child,
                word,
                paths: paths.clone(),
                config: config::load(config),
            }),
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Has it lift the isolation, and waits for that. Where somebody has ended it, it is done here.
    pub(super) async fn lift(self) -> io::Result<()> {
        let Self {
            mut child,
            word,
            paths,
            config,
        } = self;
        drop(word);
        let ended = timeout(LIFT_DEADLINE, child.wait()).await;
        let is_done = matches!(ended, Ok(Ok(status)) if status.success());
        if is_done || lift(&paths, &config).await {
            return Ok(());
        }
        Err(io::Error::other("the rules could not be removed"))
    }
}

/// Is the second process.
///
/// # Errors
/// [`Failure`] when it was not started by the first one.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    // A terminal that is closed, or Ctrl-C on it, shall not end this one too. Who leads a group already is apart.
    let _ = nix::unistd::setsid();
    let config = config::load(&arguments.config);
    runtime()?.block_on(async {
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        let mut word = pipe::Receiver::from_owned_fd(stdin).map_err(Failure::usage)?;
        let mut terminated = signal(SignalKind::terminate())?;
        let mut hung_up = signal(SignalKind::hangup())?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut out = io::stdout();
        out.write_all(READY).and_then(|()| out.flush())?;
        let mut heard = [0; 1];
        tokio::select! {
            _ = word.read(&mut heard) => {}
            () = sleep(Duration::from_secs(arguments.lift_after)) => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
            _ = interrupted.recv() => {}
        }
        Ok(if lift(paths, &config).await {
            EXIT_OK
        } else {
            EXIT_FINDINGS
        })
    })
}

/// Puts in force what is remembered; where that cannot be told nothing was in force before. Whether it was done.
async fn lift(paths: &Paths, config: &Config) -> bool {
    if let Ok(AtBoot::InForce(_)) = shell::enforce_at_boot(paths, config).await {
        return true;
    }
    let mut enforcer = Enforcer::for_trial(Way::default(), Elsewhere::default());
    let nothing = Desired::nothing_ordered();
    let account = enforcer.reconcile_unprobed(&nothing, clock::now()).await;
    account.applied == Reading::Known(Access::Full)
}
