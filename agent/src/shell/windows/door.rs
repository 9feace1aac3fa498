//! The local pipe of Windows: who comes in by it, and as which user.
//!
//! Touches a named pipe. Must never take a user from anybody but the system, nor let one come from another machine.

use std::io;

use sha2::{Digest, Sha256};
use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer};

use crate::paths::Paths;
use crate::win::pipe;

/// Somebody who came in.
pub(in crate::shell) type Caller = NamedPipeServer;
/// The other end.
pub(in crate::shell) type Called = NamedPipeClient;

/// Where people of this machine come in.
pub(super) struct Door {
    paths: Paths,
    /// The end that waits. There is always one, so that no other program can open the pipe in between.
    waiting: NamedPipeServer,
}

impl Door {
    /// Opens it. Anyone who is logged in may come.
    pub(super) fn open(paths: &Paths) -> anyhow::Result<Self> {
        let path = paths.socket_path();
        let waiting = pipe::open(&path, true)
            .map_err(|error| anyhow::anyhow!("cannot listen at {}: {error}", path.display()))?;
        Ok(Self {
            paths: paths.clone(),
            waiting,
        })
    }

    /// Waits for the next one.
    pub(super) async fn accept(&mut self) -> io::Result<Caller> {
        self.waiting.connect().await?;
        let next = pipe::open(&self.paths.socket_path(), false)?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }
}

/// A number made of the user's own identifier, and that of the process, where it is known. Asked only after the
/// caller has said something: the system does not lend out who it is before.
pub(super) fn who(caller: &Caller) -> io::Result<(u32, Option<i32>)> {
    let digest = Sha256::digest(pipe::caller_sid(caller)?);
    let number = digest
        .first_chunk()
        .map_or(0, |first| u32::from_be_bytes(*first));
    let process = pipe::caller_process(caller).ok();
    Ok((number, process.and_then(|id| i32::try_from(id).ok())))
}

/// Goes to the running agent of this machine.
#[expect(clippy::unused_async, reason = "other systems wait here")]
pub(super) async fn go(paths: &Paths) -> io::Result<Called> {
    pipe::go(&paths.socket_path())
}
