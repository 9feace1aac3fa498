//! The local socket of a Unix system: who comes in by it, and as which user.
//!
//! Touches a Unix socket. Must never take a user's number from anybody but the kernel.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;

use tokio::net::{UnixListener, UnixStream};

use crate::paths::{self, Paths};

/// Somebody who came in.
pub(in crate::shell) type Caller = UnixStream;
/// The other end.
pub(in crate::shell) type Called = UnixStream;

/// Where people of this machine come in.
pub(super) struct Door(UnixListener);

impl Door {
    /// Opens it. Anyone on this machine may come.
    pub(super) fn open(paths: &Paths) -> anyhow::Result<Self> {
        let path = paths.socket_path();
        if let Some(dir) = path.parent() {
            paths::make_dir(dir, 0o755)?;
        }
        // The lock on the state folder says that no other agent listens there.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path)
            .map_err(|error| anyhow::anyhow!("cannot listen at {}: {error}", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o666))?;
        Ok(Self(listener))
    }

    /// Waits for the next one.
    pub(super) async fn accept(&mut self) -> io::Result<Caller> {
        self.0.accept().await.map(|(stream, _)| stream)
    }
}

/// The numbers of the user and of the process, where it is known.
pub(super) fn who(caller: &Caller) -> io::Result<(u32, Option<i32>)> {
    let peer = caller.peer_cred()?;
    Ok((peer.uid(), peer.pid()))
}

/// Goes to the running agent of this machine.
pub(super) async fn go(paths: &Paths) -> io::Result<Called> {
    UnixStream::connect(paths.socket_path()).await
}
