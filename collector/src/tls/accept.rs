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

use super::Connection;
use crate::limits::{ACCEPT_PAUSE_MS, HANDSHAKE_SECS};

/// Bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections open at once. Past this the listener leaves new ones to wait in the system's queue.
    pub connections: usize,
    /// Handshakes under way at once: what a handshake costs is the processor's time.
    pub handshakes: usize,
}

/// Accepts connections for as long as the receiver lives, and hands over those whose handshake succeeds.
pub async fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    bounds: Bounds,
    ready: mpsc::Sender<io::Result<Connection>>,
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
        tokio::spawn(async move {
            let stream = handshake(&acceptor, socket, address).await;
            drop(turn);
            if let Some(stream) = stream {
                let connection = Connection::new(stream, address, place);
                // The server has stopped when nobody receives; the connection ends with it.
                drop(ready.send(Ok(connection)).await);
            }
        });
    }
}

async fn handshake(
    acceptor: &TlsAcceptor,
    socket: TcpStream,
    address: SocketAddr,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%address, %error, "the connection ended before its handshake");
        return None;
    }
    let deadline = Duration::from_secs(HANDSHAKE_SECS);
    match timeout(deadline, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%address, %error, "the handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!(%address, "no handshake within {HANDSHAKE_SECS} s");
            None
        }
    }
}
