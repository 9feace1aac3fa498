//! The door of the admin interface: the socket, who may come in, how many at once and for how long.
//!
//! Touches the socket's file and its connections. Must never leave the socket open to other users
//! of the machine.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::peer::Peer;
use crate::limits::{ADMIN_CONNECTIONS_MAX, ADMIN_HEAD_SECS, DRAIN_SECS};

/// Why the socket cannot be opened.
#[derive(Debug, Error)]
pub enum AdminError {
    /// Another collector answers on it.
    #[error("{} is in use; another collector runs in this directory", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// A file that is no socket has the name.
    #[error("{} is a file and no socket; give `admin_socket_path` another name", path.display())]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot open the admin socket {}", path.display())]
    Bind {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// One of the places for connections. Who still works on a request holds it too, so that an end waits for
/// the work and not for the connection alone.
#[derive(Debug, Clone)]
pub(super) struct Place(
    #[expect(dead_code, reason = "held, and given back when dropped")] Arc<OwnedSemaphorePermit>,
);

/// Opens the socket at `path`, for its owner alone. A socket that a dead collector left behind is replaced.
///
/// # Errors
/// [`AdminError::InUse`] when a collector answers there; [`AdminError::NotASocket`] when something else
/// has the name, which is left as it is; [`AdminError::Bind`] when the system refuses.
pub fn bind(path: &Path) -> Result<UnixListener, AdminError> {
    let refuse = |cause| AdminError::Bind {
        path: path.to_owned(),
        cause,
    };
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => {
            return Err(AdminError::InUse {
                path: path.to_owned(),
            });
        }
        // Linux refuses a connection to any file so, whether it is a socket or not.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let kind = std::fs::symlink_metadata(path).map_err(refuse)?.file_type();
            if !kind.is_socket() {
                return Err(AdminError::NotASocket {
                    path: path.to_owned(),
                });
            }
            std::fs::remove_file(path).map_err(refuse)?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(refuse)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(refuse)?;
    Ok(listener)
}

/// Answers at the socket until `shutdown` becomes true; requests under way are then finished, within
/// [`DRAIN_SECS`].
pub async fn serve(listener: UnixListener, router: Router, mut shutdown: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(ADMIN_CONNECTIONS_MAX));
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stopped(&mut shutdown) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut shutdown) => break,
        };
        match (place, accepted) {
            (Ok(place), Ok((stream, _))) => {
                let place = Place(Arc::new(place));
                tokio::spawn(converse(stream, router.clone(), place, shutdown.clone()));
            }
            (_, Err(error)) => {
                // Out of descriptors, most often: the wait lets some come free.
                tracing::warn!(%error, "the admin socket does not accept");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            (Err(_), _) => break,
        }
    }
    let everyone = u32::try_from(ADMIN_CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let deadline = Duration::from_secs(DRAIN_SECS);
    if tokio::time::timeout(deadline, places.acquire_many(everyone))
        .await
        .is_err()
    {
        tracing::warn!("an admin request was cut off at the end");
    }
}

/// Returns when the collector is to stop, or when whoever would say so has gone.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // What it gives back is a lock that must not be held while waiting.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

async fn converse(
    stream: UnixStream,
    router: Router,
    place: Place,
    mut shutdown: watch::Receiver<bool>,
) {
    let peer = Peer::of(&stream);
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let (peer, place, router) = (peer.clone(), place.clone(), router.clone());
        async move { Ok::<_, std::convert::Infallible>(answer(request, peer, place, router).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(ADMIN_HEAD_SECS))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut shutdown) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an admin connection ended early");
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
    peer: Peer,
    place: Place,
    router: Router,
) -> Response<Body> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(place);
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
