//! The session's taskbar: shows notifications as balloons of an icon, which Windows keeps as notifications.
//!
//! Touches the desktop, through `win`. Must never let an isolation pass unseen: it stands in a window of its own too,
//! since Windows holds balloons back while somebody gives a talk.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::fit::fitted;
use super::notices::{Kind, Notice, Subject};
use crate::win::tray::{self, Balloon, TEXT_UNITS_MAX, TITLE_UNITS_MAX};

/// How often, and how often at most, a taskbar is looked for: at a login it comes some seconds after this program.
const AGAIN: Duration = Duration::from_secs(2);
const TRIES: u32 = 30;
/// The program's name, in every language.
const NAME: &str = "Sekisho";

/// Why a session cannot be told anything.
#[derive(Debug, Error)]
pub enum SessionError {
    /// There is no desktop, as in a login by ssh.
    #[error("there is no desktop session here whose user could be told")]
    NoDesktop(#[source] io::Error),
    /// Another process shows them already.
    #[error("this session is told already, by another sekisho-agent notify")]
    AlreadyTold,
}

/// The session.
#[derive(Debug)]
pub(super) struct Session {
    /// What was shown and holds, title and text.
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    standing: BTreeMap<Subject, String>,
    /// What the balloon is about.
    last: Option<Subject>,
}

impl Session {
    /// The session this process runs in, if it is not told by another.
    #[expect(clippy::unused_async, reason = "other systems wait here")]
    pub(super) async fn open() -> Result<Self, SessionError> {
        if !tray::is_first().map_err(SessionError::NoDesktop)? {
            return Err(SessionError::AlreadyTold);
        }
        tray::leave_own_console();
        tray::open(NAME).map_err(SessionError::NoDesktop)?;
        Ok(Self {
            shown: Mutex::default(),
        })
    }

    /// Waits until the session is over.
    pub(super) async fn ended(&self) {
        // It has ended as well where nobody would tell.
        drop(tray::ended().wait_for(|ended| *ended).await);
    }

    /// Shows it in the place of what was shown last.
    pub(super) async fn show(&self, notice: &Notice) -> io::Result<()> {
        let mut shown = self.shown.lock().await;
        let (title, text) = (
            fitted(&notice.title, TITLE_UNITS_MAX),
            fitted(&notice.body, TEXT_UNITS_MAX),
        );
        let balloon = Balloon {
            title: &title,
            text: &text,
            warns: match notice.kind {
                Kind::Isolated | Kind::Restricted | Kind::Overdue => true,
                Kind::Broken | Kind::Soon | Kind::Free => false,
            },
        };
        shown_in_time(balloon).await?;
        tracing::debug!(title = notice.title, "a notification was shown");
        let whole = format!("{}\n{}", notice.title, notice.body);
        shown.last = Some(notice.subject.clone());
        if notice.kind == Kind::Free {
            shown.standing.remove(&notice.subject);
        } else {
            shown.standing.insert(notice.subject.clone(), whole);
        }
        shown.keep();
        if matches!(notice.kind, Kind::Isolated | Kind::Restricted) {
            tray::put_before_all();
        }
        Ok(())
    }

    /// Takes away what was shown of it.
    pub(super) async fn close(&self, subject: &Subject) {
        let mut shown = self.shown.lock().await;
        shown.standing.remove(subject);
        shown.keep();
        if shown.last.as_ref() == Some(subject) {
            shown.last = None;
            tray::clear();
        }
    }
}

impl Shown {
    /// Has the window show all that stands, the order in force first.
    fn keep(&self) {
        let texts: Vec<&str> = self.standing.values().map(String::as_str).collect();
        tray::keep(NAME, &texts.join("\n\n").replace('\0', ""));
    }
}

async fn shown_in_time(balloon: Balloon<'_>) -> io::Result<()> {
    for _ in 1..TRIES {
        if tray::show(balloon).is_ok() {
            return Ok(());
        }
        sleep(AGAIN).await;
    }
    tray::show(balloon)
}
