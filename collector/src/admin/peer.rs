//! Who is at the other end of the admin socket, as the system says.
//!
//! Touches the connection's credentials and the user database. Must never take a name from the
//! request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use nix::unistd::{Uid, User};
use tokio::net::UnixStream;

use super::error::Refusal;
use crate::clock;
use crate::record::Actor;
use crate::response::By;

/// A peer that may use the interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its user's name, or `uid N` when the user database has none.
    pub name: String,
}

impl Peer {
    /// The peer of a connection (`SO_PEERCRED`, unix(7)), if it is root or the collector's own user.
    ///
    /// # Errors
    /// [`Refusal`] to every other user.
    pub fn of(stream: &UnixStream) -> Result<Self, Refusal> {
        let credentials = stream
            .peer_cred()
            .map_err(|_| Refusal::stranger("unknown"))?;
        let uid = Uid::from_raw(credentials.uid());
        let name = match User::from_uid(uid) {
            Ok(Some(user)) => user.name,
            Ok(None) | Err(_) => format!("uid {uid}"),
        };
        if uid.is_root() || uid == Uid::effective() {
            Ok(Self { name })
        } else {
            Err(Refusal::stranger(&name))
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        Ok(Self {
            who: Actor::Admin(peer.map_or_else(|| "unknown".to_owned(), |peer| peer.name.clone())),
            at: clock::now(),
        })
    }
}
