//! The server's certificate in time: renewed before its end, on record, and a word of warning where only
//! people can help.
//!
//! Touches the keys and the audit log. Must never show a certificate whose making is not on record.

use sekisho_policy::time::{Span, Timestamp};

use super::Collector;
use crate::keys::KeysError;
use crate::record::{Actor, AuditEvent};

/// People are told of the root's end when less than this is left of it: every laptop has to be enrolled
/// with another collector by then.
const ROOT_WARNED_BEFORE_END: Span = Span::from_days(2 * 365);

/// How near the end of the root certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootEnd {
    /// Nobody need think of it.
    Far,
    /// Another collector is to be made, and the laptops are to be enrolled with it.
    Near,
}

/// How near the end of a root certificate is that ends at `not_after`.
#[must_use]
pub fn root_end(not_after: Timestamp, now: Timestamp) -> RootEnd {
    if not_after.since(now) > ROOT_WARNED_BEFORE_END {
        RootEnd::Far
    } else {
        RootEnd::Near
    }
}

/// Renews what is due, and says what is amiss.
pub(super) async fn look(collector: &Collector, now: Timestamp) {
    if let Err(error) = renew_certificate(collector, now).await {
        let until = collector.keys.server.current().not_after;
        let error = &*error as &dyn std::error::Error;
        tracing::error!(error, %until, "the server's certificate is not renewed; it is tried again");
    }
    let until = collector.keys.authority.not_after();
    if root_end(until, now) == RootEnd::Near {
        tracing::warn!(
            %until,
            "the root certificate ends; make another collector with `init` and enrol the laptops with it"
        );
    }
}

/// Renews the server's certificate if its end is near; listeners show the new one from then on. Gives
/// whether it was.
///
/// # Errors
/// When it is due and cannot be made, recorded or written; the present one is then shown as before.
pub async fn renew_certificate(
    collector: &Collector,
    now: Timestamp,
) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    let keys = &collector.keys;
    let Some(next) = keys.server.due(&keys.authority, now)? else {
        return Ok(false);
    };
    let (fingerprint, until) = (next.fingerprint(), next.not_after);
    let former = keys.server.current();
    let event = AuditEvent {
        at: now,
        actor: Actor::Collector,
        action: "server_certificate.renewed",
        device: None,
        details: vec![
            ("fingerprint", fingerprint.to_string()),
            ("until", until.to_string()),
            ("former", former.fingerprint().to_string()),
            ("former_until", former.not_after.to_string()),
        ],
    };
    collector.store.audit_append(vec![event]).await?;
    keys.server.replace(next).inspect_err(
        |error: &KeysError| tracing::error!(%error, "recorded as renewed, and is not"),
    )?;
    tracing::info!(%fingerprint, %until, "the server's certificate is renewed");
    Ok(true)
}
