//! What a failed command says: the reason, what to do about it, and the exit code.
//!
//! Touches standard error. Must never leave a reader with a reason and no next step.

use std::io::{self, Write};
use std::path::PathBuf;

use thiserror::Error;

use sekisho_policy::words;
use sekisho_proto::json::{ErrorBody, ErrorJson};

use super::common::{Common, Exit, language};
use super::paper;
use crate::client::ClientError;
use crate::response::ResponseError;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub enum Failure {
    /// The collector was not reached or did not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It was refused without asking a collector.
    #[error(transparent)]
    Refused(#[from] ResponseError),
    /// A file that was named cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A step that works on files alone failed.
    #[error("{0}")]
    Step(String),
    /// A backup cannot be restored.
    #[error("{0}")]
    BadBackup(String),
    /// There are no keys to restore with.
    #[error("{0}")]
    NoKeys(String),
    /// An order to many devices was not confirmed; carries how many it would have hit.
    #[error("the order would hit {0} devices and was not confirmed; nothing was ordered")]
    NotConfirmed(usize),
    /// A change of the policy was not confirmed; carries for how many devices it would change something.
    #[error(
        "the policy would change how {0} devices are judged and was not confirmed; nothing was applied"
    )]
    PolicyNotConfirmed(u64),
    /// The options do not go together.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Client(ClientError::Refused(_) | ClientError::Forbidden { .. })
            | Self::Refused(_)
            | Self::File { .. }
            | Self::NoKeys(_)
            | Self::BadBackup(_)
            | Self::Step(_) => Exit::Refused,
            Self::Client(_) => Exit::CouldNotTell,
            Self::Usage(_) | Self::NotConfirmed(_) | Self::PolicyNotConfirmed(_) => Exit::Usage,
        }
    }

    fn body(&self, common: &Common) -> ErrorBody {
        let (code, what_to_do) = match self {
            Self::Client(ClientError::Refused(body)) => return body.clone(),
            Self::Client(error) => client(error, common),
            Self::Refused(error) => (error.code(), error.what_to_do().to_owned()),
            Self::File { .. } => (
                "file",
                "see that the file is there and may be used".to_owned(),
            ),
            Self::Step(_) => ("failed", String::new()),
            Self::BadBackup(_) => (
                "bad_backup",
                "use another backup, and the keys of the collector that it was taken from; nothing was restored"
                    .to_owned(),
            ),
            Self::NoKeys(_) => (
                "no_keys",
                "put the copy of the collector's `keys`, as `init` made them, into the directory first"
                    .to_owned(),
            ),
            Self::NotConfirmed(_) => (
                "not_confirmed",
                "look at whom it would hit with --dry-run, and give --yes to order it".to_owned(),
            ),
            Self::PolicyNotConfirmed(_) => (
                "policy_not_confirmed",
                "look at what it would change with --dry-run, and give --yes to apply it".to_owned(),
            ),
            Self::Usage(_) => ("usage", "`--help` shows how it is typed".to_owned()),
        };
        ErrorBody {
            code: code.to_owned(),
            message: self.to_string(),
            what_to_do,
            retry_after_ms: None,
        }
    }
}

fn client(error: &ClientError, common: &Common) -> (&'static str, String) {
    let dir = common.dir.display();
    match error {
        ClientError::NotReachable { .. } => (
            "not_reachable",
            format!(
                "start it with `sekisho-collector serve --dir {dir}`, or name its directory with --dir"
            ),
        ),
        ClientError::Forbidden { .. } => (
            "forbidden",
            "become root or the collector's own user, such as with sudo".to_owned(),
        ),
        ClientError::BrokeOff(_) | ClientError::Silent => (
            "no_answer",
            "look at what was done before asking again; the collector's log says more".to_owned(),
        ),
        ClientError::TooLarge => ("too_large", "ask for less at once".to_owned()),
        ClientError::NotUnderstood { .. } | ClientError::Refused(_) | ClientError::Request(_) => (
            "not_understood",
            "use the same version of this program and the collector".to_owned(),
        ),
    }
}

/// Ends a command: a failure is printed for people on standard error, or as JSON on standard output.
pub fn conclude(ended: Result<Exit, Failure>, common: &Common) -> Exit {
    let failure = match ended {
        Ok(exit) => return exit,
        Err(failure) => failure,
    };
    let body = failure.body(common);
    if common.json {
        paper::json(&ErrorJson { error: body });
    } else {
        complain(&body);
    }
    failure.exit()
}

/// Tells a person the reason and the next step.
pub fn complain(body: &ErrorBody) {
    let message = words::shown(&body.message);
    let mut err = io::stderr().lock();
    // With no standard error there is nobody to tell.
    let _ = writeln!(err, "sekisho-collector: {message}");
    let next = what_to_do(body);
    if !next.is_empty() {
        let _ = writeln!(err, "  {next}");
    }
}

/// The next step in the reader's language, where the catalogue has it.
#[must_use]
pub fn what_to_do(body: &ErrorBody) -> String {
    let key = format!("admin-todo-{}", body.code);
    let text = words::text(language(), &key, &[]);
    if text == key {
        words::shown(&body.what_to_do).into_owned()
    } else {
        text
    }
}
