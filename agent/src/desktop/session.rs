//! The session's message bus: shows notifications by `org.freedesktop.Notifications`
//! (Desktop Notifications Specification 1.2).
//!
//! Touches D-Bus. Must never show text that a server could take for markup.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use thiserror::Error;
use tokio::sync::Mutex;
use tokio_stream::StreamExt;
use zbus::fdo::RequestNameFlags;
use zbus::{Connection, MessageStream, Variant};

use super::notices::{Kind, Notice, Subject};

/// The name by which the second one in a session knows that there is a first.
const NAME: &str = "org.sekisho.Notify";

/// Why a session cannot be told anything.
#[derive(Debug, Error)]
pub enum SessionError {
    /// There is no bus of a session, as in a login by ssh.
    #[error("there is no desktop session here whose user could be told (no session bus)")]
    NoBus(#[source] zbus::Error),
    /// Another process shows them already.
    #[error("this session is told already, by another sekisho-agent notify")]
    AlreadyTold,
}

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;
    #[expect(clippy::too_many_arguments, reason = "as the specification has it")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Variant<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;
    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// The session.
#[derive(Debug)]
pub(super) struct Session {
    bus: Connection,
    /// What the server calls what was shown.
    shown: Mutex<BTreeMap<Subject, u32>>,
}

impl Session {
    /// The session this process runs in, if it is not told by another.
    pub(super) async fn open() -> Result<Self, SessionError> {
        let bus = Connection::session().await.map_err(SessionError::NoBus)?;
        let flags = RequestNameFlags::DO_NOT_QUEUE;
        match bus.request_name_with_flags(NAME, flags).await {
            Ok(_) => Ok(Self {
                bus,
                shown: Mutex::default(),
            }),
            Err(zbus::Error::NameTaken) => Err(SessionError::AlreadyTold),
            Err(error) => Err(SessionError::NoBus(error)),
        }
    }

    /// Waits until the session is over.
    pub(super) async fn ended(&self) {
        let mut messages = MessageStream::from(&self.bus);
        while let Some(Ok(_)) = messages.next().await {}
    }

    /// Shows it in the place of what was shown of the same.
    pub(super) async fn show(&self, notice: &Notice) -> zbus::Result<()> {
        let desktop = NotificationsProxy::new(&self.bus).await?;
        let reads_markup = desktop
            .get_capabilities()
            .await?
            .iter()
            .any(|one| one == "body-markup");
        let body = if reads_markup {
            escaped(&notice.body)
        } else {
            Cow::Borrowed(&*notice.body)
        };
        let mut shown = self.shown.lock().await;
        let earlier = shown.get(&notice.subject).copied().unwrap_or(0);
        let urgency: u8 = match notice.kind {
            Kind::Isolated | Kind::Restricted | Kind::Overdue => 2,
            Kind::Broken | Kind::Soon | Kind::Free => 1,
        };
        let hints = HashMap::from([
            ("urgency", Variant::from(urgency)),
            ("category", Variant::from("device")),
            ("desktop-entry", Variant::from("sekisho-agent-notify")),
        ]);
        // What is urgent stays until the user has seen it; for the rest the desktop decides.
        let expires = if urgency == 2 { 0 } else { -1 };
        let id = desktop
            .notify(
                "Sekisho",
                earlier,
                "security-medium",
                &notice.title,
                &body,
                &[],
                hints,
                expires,
            )
            .await?;
        shown.insert(notice.subject.clone(), id);
        Ok(())
    }

    /// Takes away what was shown of it.
    pub(super) async fn close(&self, subject: &Subject) {
        let Some(id) = self.shown.lock().await.remove(subject) else {
            return;
        };
        let closed = match NotificationsProxy::new(&self.bus).await {
            Ok(desktop) => desktop.close_notification(id).await,
            Err(error) => Err(error),
        };
        if let Err(error) = closed {
            // The user may have closed it long since.
            tracing::debug!(%error, "a notification could not be taken away");
        }
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;");
    Cow::Owned(text.replace('<', "&lt;").replace('>', "&gt;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_markup_stays_text() {
        assert_eq!(escaped("a <b>&</b>"), "a &lt;b&gt;&amp;&lt;/b&gt;");
        assert_eq!(escaped("暗号化"), "暗号化");
    }
}
