//! Who is at the other end of the admin socket, as the system says.
//!
//! Touches the connection's credentials, the user database, and the peer's login session in `/proc`.
//! Must never take a name from the request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use nix::unistd::{Uid, User};
use tokio::net::UnixStream;

use crate::clock;
use crate::record::Actor;
use crate::response::By;

/// The session of a process that nobody logged in for (`AUDIT_UID_UNSET`).
const NO_LOGIN: u32 = u32::MAX;

/// The peer of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Who it is, for people: its user, and who logged in where that is another, as behind `sudo`.
    pub name: String,
    /// Its user.
    pub uid: u32,
    /// The user that logged in, which may be another.
    pub login: Option<u32>,
    /// It is root or the collector's own user.
    pub may_enter: bool,
}

impl Peer {
    /// The peer of a connection (`SO_PEERCRED`, unix(7)). One that the system does not tell of may not
    /// enter.
    #[must_use]
    pub fn of(stream: &UnixStream) -> Self {
        let Ok(credentials) = stream.peer_cred() else {
            return Self {
                name: "unknown".to_owned(),
                uid: NO_LOGIN,
                login: None,
                may_enter: false,
            };
        };
        let uid = Uid::from_raw(credentials.uid());
        let login = credentials.pid().and_then(login);
        Self {
            name: match login.filter(|by| *by != uid) {
                Some(login) => format!("{} as {}", named(login), named(uid)),
                None => named(uid),
            },
            uid: uid.as_raw(),
            login: login.map(Uid::as_raw),
            may_enter: uid.is_root() || uid == Uid::effective(),
        }
    }
}

/// A user by name and number; the number alone when the user database has no name.
#[must_use]
pub fn named(uid: Uid) -> String {
    match User::from_uid(uid) {
        Ok(Some(user)) => format!("{} (uid {uid})", user.name),
        Ok(None) | Err(_) => format!("uid {uid}"),
    }
}

/// The user that logged in for the process (`loginuid`, proc(5)), which `sudo` and `su` leave as it is.
/// Root can set another unless the system keeps it (`auditctl --loginuid-immutable`), so it tells who did
/// something to those who ask, and proves nothing against root. `None` when nobody did or the system does not tell.
fn login(process: i32) -> Option<Uid> {
    let text = std::fs::read_to_string(format!("/proc/{process}/loginuid")).ok()?;
    let uid = text.trim().parse().ok().filter(|uid| *uid != NO_LOGIN)?;
    Some(Uid::from_raw(uid))
}

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let name = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.name.clone());
        Ok(Self {
            who: Actor::Admin(name),
            login: peer.and_then(|peer| peer.login),
            at: clock::now(),
        })
    }
}
