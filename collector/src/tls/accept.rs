//! The loop that accepts connections: bounded in number, in handshakes at once, and in the time a
//! handshake may take.
//!
//! Touches a listening socket. Must never let a stranger hold a place for longer than the deadline, nor
//! stop accepting because one connection failed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Connection, Connections};
use crate::limits::{ACCEPT_PAUSE_MS, HANDSHAKE_SECS};

/// Bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections open at once. Past this the listener leaves new ones to wait in the system's queue.
    pub connections: usize,
    /// Handshakes under way at once: what a handshake costs is the processor's time.
    pub handshakes: usize,
}

/// A handshake that failed by the peer's doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it came from.
    pub address: SocketAddr,
    /// What was wrong.
    pub reason: String,
}

/// Accepts connections for as long as the receiver of `ready` lives, and hands over those whose handshake
/// succeeds; of the others it tells `failures`, as far as there is room.
pub async fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    bounds: Bounds,
    ready: mpsc::Sender<io::Result<Connection>>,
    failures: mpsc::Sender<Failure>,
) {
    let connections = Arc::new(Connections::default());
    tokio::select! {
        () = connections.watch() => {}
        () = accept_all(&listener, tls, bounds, &connections, &ready, &failures) => {}
    }
}

async fn accept_all(
    listener: &TcpListener,
    tls: Arc<ServerConfig>,
    bounds: Bounds,
    connections: &Arc<Connections>,
    ready: &mpsc::Sender<io::Result<Connection>>,
    failures: &mpsc::Sender<Failure>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(bounds.connections));
    let handshakes = Arc::new(Semaphore::new(bounds.handshakes));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok(turn) = Arc::clone(&handshakes).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ready.closed() => return,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: going on at once would spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        let (connections, failures) = (Arc::clone(connections), failures.clone());
        tokio::spawn(async move {
            let stream = handshake(&acceptor, socket, address).await;
            drop(turn);
            match stream {
                Ok(stream) => {
                    let connection = Connection::new(stream, address, place);
                    connections.add(connection.peer());
                    // The server has stopped when nobody receives; the connection ends with it.
                    drop(ready.send(Ok(connection)).await);
                }
                // When there is no room the log has more of the kind than anyone will read.
                Err(Some(reason)) => drop(failures.try_send(Failure { address, reason })),
                Err(None) => {}
            }
        });
    }
}

/// Makes the handshake; gives what was wrong if it fails by the peer's doing.
async fn handshake(
    acceptor: &TlsAcceptor,
    socket: TcpStream,
    address: SocketAddr,
) -> Result<TlsStream<TcpStream>, Option<String>> {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%address, %error, "the connection ended before its handshake");
        return Err(None);
    }
    let deadline = Duration::from_secs(HANDSHAKE_SECS);
    match timeout(deadline, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
            Err(cause.map(rustls::Error::to_string))
        }
        Err(_) => Err(Some(format!("no handshake within {HANDSHAKE_SECS} s"))),
    }
}
