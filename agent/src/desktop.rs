//! Desktop notifications: tells the user of a session what needs mending and what was ordered, in their
//! language. Runs as that user, beside the agent, which has no way into a session.
//!
//! Touches the agent's local socket and the session's message bus, or its taskbar on Windows. Must never decide what is amiss: it
//! says what the agent found.

#[cfg(any(windows, test))]
mod fit;
mod notices;
#[cfg_attr(windows, path = "desktop/windows/session.rs")]
mod session;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use sekisho_policy::words::Language;
use tokio::time::{sleep, timeout};

use crate::clock;
use crate::limits::{NOTICES_AGAIN_SECS, NOTIFY_RETRY_SECS, NOTIFY_RETRY_SECS_MAX};
use crate::paths::Paths;
use crate::shell::{Answer, NewsAnswer, Watching};

use notices::{Notices, Say};
use session::Session;

pub use session::SessionError;

/// Tells this session what the agent says, until the session ends.
///
/// # Errors
/// [`SessionError`] when there is no session to tell, or when it is told already.
pub async fn run(
    paths: &Paths,
    language: Language,
    show_time: impl Fn(sekisho_policy::time::Timestamp) -> String,
) -> Result<(), SessionError> {
    let session = Session::open().await?;
    let mut notices = Notices::default();
    let mut wait = NOTIFY_RETRY_SECS;
    loop {
        let watched = tokio::select! {
            () = session.ended() => return Ok(()),
            watched = watch(paths, &session, &mut notices, language, &show_time) => watched,
        };
        match watched {
            // It was heard, so an agent that starts again is heard again soon.
            Ok(()) => wait = NOTIFY_RETRY_SECS,
            Err(error) => tracing::debug!(%error, "the agent is not heard"),
        }
        tokio::select! {
            () = session.ended() => return Ok(()),
            () = sleep(Duration::from_secs(wait)) => {}
        }
        wait = wait.saturating_mul(2).min(NOTIFY_RETRY_SECS_MAX);
    }
}

/// Shows what is said until the agent ends. What a session could not be shown is tried again.
async fn watch(
    paths: &Paths,
    session: &Session,
    notices: &mut Notices,
    language: Language,
    show_time: &impl Fn(sekisho_policy::time::Timestamp) -> String,
) -> io::Result<()> {
    let mut watching = Watching::begin(paths).await?;
    let mut news: Option<NewsAnswer> = None;
    loop {
        let again = Duration::from_secs(NOTICES_AGAIN_SECS);
        // When nothing is said, time alone can have made a warning due again.
        if let Ok(answer) = timeout(again, watching.next()).await {
            news = match answer? {
                Some(Answer::News(told)) => Some(*told),
                Some(_) => None,
                None => return Ok(()),
            };
        }
        let Some(news) = &news else { continue };
        for say in notices.due(news, clock::now(), language, show_time) {
            match say {
                Say::Show(notice) => match session.show(&notice).await {
                    Ok(()) => notices.told(&notice, clock::now()),
                    Err(error) => tracing::warn!(%error, "a notification could not be shown"),
                },
                Say::Close(subject) => session.close(&subject).await,
            }
        }
    }
}
