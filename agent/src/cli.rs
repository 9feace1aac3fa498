//! What people type, one room for each command, and the exit codes they give.
//!
//! Touches the terminal. Must never hold logic that the service needs too.

pub mod capture;
pub mod check;
pub mod collected;
pub mod enforce_at_boot;
pub mod enroll;
pub mod forget_isolation;
mod log;
pub mod notify;
pub mod preflight;
#[cfg(windows)]
pub mod purge;
pub mod release;
pub mod run;
pub mod self_test;
pub mod status;
mod terminal;
mod zone;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use sekisho_policy::words::{self, Language};
use sekisho_proto::json::{ErrorBody, ErrorJson};

use crate::paths::{Paths, STATE_DIR_ENV, state_dir};
use crate::sensors::Root;
use crate::shell::{Answer, Question, ask};

/// Exit code: all is well; for `check`, the laptop keeps every rule.
pub const EXIT_OK: u8 = 0;
/// Exit code: for `check` and `status`, at least one rule is broken; for others, it was refused or did not
/// work.
pub const EXIT_FINDINGS: u8 = 1;
/// Exit code: for `check` and `status`, it could not be told; for others, the other side was not reached.
pub const EXIT_UNDECIDED: u8 = 2;
/// Exit code: what was typed, or a file named there, makes no sense (`EX_USAGE` of sysexits).
pub const EXIT_USAGE: u8 = 64;

/// Checks this laptop against the company's rules for mobile devices, reports to the collector and
/// carries out its orders.
#[derive(Debug, Parser)]
#[command(name = "sekisho-agent", version, arg_required_else_help = true)]
struct Typed {
    /// Folder of the agent's state
    #[arg(long, global = true, value_name = "DIR", env = STATE_DIR_ENV, default_value_os_t = state_dir())]
    state_dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks this laptop and tells what to mend. Works offline, without root and before enrolment.
    ///
    /// Exit codes: 0 every rule is kept, 1 a rule is broken, 2 no rule is known to be broken and
    /// at least one could not be told, 64 bad usage.
    Check(check::Arguments),
    /// Writes what every fact is read from into a folder, which `check --from` judges as if it were this
    /// machine. Secrets, and what no rule needs, are left out.
    ///
    /// Exit codes: 0 done, 1 the folder holds something or cannot be written to, 64 bad usage.
    Capture(capture::Arguments),
    /// Lists every datum that leaves this laptop, and what it is for.
    Collected(collected::Arguments),
    /// Makes this machine a device of a collector, with a token from the administrator.
    ///
    /// Exit codes: 0 it is one, 1 refused, 2 the collector cannot be reached or did not answer, 64 bad
    /// usage.
    Enroll(enroll::Arguments),
    /// Tells how the running agent stands: link, judgement, order, enforcement.
    ///
    /// Exit codes: 0 the collector finds every rule kept, 1 a rule is broken, 2 not judged or not
    /// decided, or the agent does not answer, 64 bad usage.
    Status(status::Arguments),
    /// Lifts an isolation with a code from the administrator; without one shows what to read to
    /// them.
    ///
    /// Exit codes: 0 done, 1 refused, 2 the agent does not answer, 64 bad usage.
    Release(release::Arguments),
    /// Shows this user what needs mending, and what was ordered, as desktop notifications. The desktop
    /// starts this with the session.
    Notify(notify::Arguments),
    /// Tries on this machine what the agent does there, and tells line by line what works. Changes nothing, but
    /// with --isolate-for the firewall for that long, which takes an administrator.
    ///
    /// Exit codes: 0 all of it works, 1 a line failed, 2 none did and one could not be told, 64 bad
    /// usage.
    SelfTest(self_test::Arguments),
    /// Lifts the isolation that a self-test tries; the self-test starts this.
    #[command(hide = true)]
    SelfTestGuard(self_test::guard::Arguments),
    /// Runs the agent; the service manager does this.
    Run(run::Arguments),
    /// Forgets identity, order and reports; the installer does this with `PURGE=1`.
    #[cfg(windows)]
    #[command(hide = true)]
    Purge(purge::Arguments),
    /// Puts the remembered order in force before the network comes up; the service manager does
    /// this.
    ///
    /// Exit codes: 0 the firewall is as ordered, 1 it is not, or the order cannot be read, 64 it is as
    /// ordered by the defaults, since the configuration cannot be used; standard error then says why.
    EnforceAtBoot(enforce_at_boot::Arguments),
    /// Looks whether this version can go on with what is on this laptop; the package does this at an upgrade.
    #[command(hide = true)]
    Preflight(preflight::Arguments),
    /// Removes the rules of an isolation from a machine that is no device any more; the package does this when it is
    /// purged.
    #[command(hide = true)]
    ForgetIsolation(forget_isolation::Arguments),
}

impl Command {
    /// Whether `--json` was typed.
    const fn is_for_programs(&self) -> bool {
        match self {
            Self::Check(arguments) => arguments.json,
            Self::Capture(arguments) => arguments.json,
            Self::Collected(arguments) => arguments.json,
            Self::Enroll(arguments) => arguments.json,
            Self::Status(arguments) => arguments.json,
            Self::Release(arguments) => arguments.json,
            #[cfg(windows)]
            Self::Purge(_) => false,
            Self::SelfTest(_)
            | Self::SelfTestGuard(_)
            | Self::Notify(_)
            | Self::Run(_)
            | Self::EnforceAtBoot(_)
            | Self::Preflight(_)
            | Self::ForgetIsolation(_) => false,
        }
    }
}

/// All that can be typed, for manual pages and for what shells complete.
#[must_use]
pub fn command() -> clap::Command {
    Typed::command()
}

/// Runs the command that was typed; blocks until it ends.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed = match Typed::try_parse_from(arguments) {
        Ok(typed) => typed,
        Err(error) => {
            // Nothing more can be told when the terminal is gone.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() {
                EXIT_USAGE
            } else {
                EXIT_OK
            });
        }
    };
    let paths = Paths::new(typed.state_dir);
    let json = typed.command.is_for_programs();
    let ended = match typed.command {
        Command::Check(arguments) => check::run(&arguments, &paths),
        Command::Capture(arguments) => capture::run(&arguments),
        Command::Collected(arguments) => collected::run(&arguments),
        Command::Enroll(arguments) => enroll::run(&arguments, &paths),
        Command::Status(arguments) => status::run(&arguments, &paths),
        Command::Release(arguments) => release::run(&arguments, &paths),
        Command::Notify(arguments) => notify::run(&arguments, &paths),
        Command::SelfTest(arguments) => self_test::run(&arguments, &paths),
        Command::SelfTestGuard(arguments) => self_test::guard::run(&arguments, &paths),
        #[cfg(windows)]
        Command::Purge(arguments) => purge::run(&arguments, &paths),
        Command::Run(arguments) => run::run(&arguments, &paths),
        Command::EnforceAtBoot(arguments) => enforce_at_boot::run(&arguments, &paths),
        Command::Preflight(arguments) => preflight::run(&arguments, &paths),
        Command::ForgetIsolation(arguments) => forget_isolation::run(&arguments, &paths),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.tell(json);
            ExitCode::from(failure.code)
        }
    }
}

/// Why a command did not do its work, and the exit code for it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// The name of the reason, for programs.
    pub name: &'static str,
    /// What went wrong, with its causes.
    pub error: anyhow::Error,
}

impl Failure {
    /// The fault lies in what was typed or in a file named there.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: EXIT_USAGE,
            name: "usage",
            error: error.into(),
        }
    }

    fn named(name: &'static str, error: impl Into<anyhow::Error>) -> Self {
        Self {
            name,
            ..Self::from(error)
        }
    }

    /// The other side was not reached, or did not answer.
    fn unreached(name: &'static str, error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: EXIT_UNDECIDED,
            ..Self::named(name, error)
        }
    }

    /// What a person or a program is told of it.
    fn tell(&self, json: bool) {
        let message = format!("{:#}", self.error);
        if json {
            let error = ErrorBody {
                code: self.name.to_owned(),
                message,
                what_to_do: String::new(),
                retry_after_ms: None,
            };
            // A shape without maps can always be written.
            let text = serde_json::to_string(&ErrorJson { error }).unwrap_or_default();
            drop(print(&text));
        } else {
            let shown = words::shown(&message);
            drop(writeln!(io::stderr(), "sekisho-agent: {shown}"));
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: EXIT_FINDINGS,
            name: "failed",
            error: error.into(),
        }
    }
}

/// One thread: an agent that waits needs no more, and each further one costs memory.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .thread_keep_alive(std::time::Duration::from_secs(1))
        .build()
}

/// Where the files begin that facts are read from.
fn root(given: Option<&Path>) -> Result<Root, Failure> {
    match given {
        None => Ok(Root::live()),
        Some(folder) if folder.is_dir() => Ok(Root::at(folder)),
        Some(folder) => Err(Failure::usage(anyhow::anyhow!(
            "--root {}: there is no such folder",
            folder.display()
        ))),
    }
}

/// The language of the locale.
fn language() -> Language {
    terminal::language(None)
}

/// Prints lines to standard output.
fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Asks the running agent of this machine; what it refuses is a failure.
fn answer(paths: &Paths, question: &Question) -> Result<Answer, Failure> {
    let say = |key, args: &[(&str, &str)]| anyhow::anyhow!(words::text(language(), key, args));
    match runtime()?.block_on(ask(paths, question)) {
        Ok(Answer::Refused { why }) => Err(Failure::named("refused", anyhow::anyhow!(why))),
        Ok(Answer::NotEnrolled { why }) => {
            let said = match why {
                Some(why) => say("local-enrolment-failed", &[("why", &why)]),
                None => say("local-not-enrolled", &[]),
            };
            Err(Failure::named("not_enrolled", said))
        }
        Ok(answer) => Ok(answer),
        Err(error) => {
            let path = paths.socket_path().display().to_string();
            let said = say("local-not-running", &[("path", &path)]);
            let error = anyhow::Error::from(error).context(said);
            Err(Failure::unreached("not_running", error))
        }
    }
}

/// The agent answered what was not asked: it is of another version.
fn other_answer() -> Failure {
    let said = words::text(language(), "local-other-answer", &[]);
    Failure::named("other_version", anyhow::anyhow!(said))
}
