//! Reaching the collector: addresses, TCP, TLS, and an HTTP/2 channel over it.
//!
//! Touches the network. Must never try an address that neither the name nor an earlier meeting gave.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use super::refused::{self, Noted, Noting};
use crate::clock;
use crate::identity::tls::server_name;
use crate::limits::{
    CALL_SECS, CONNECT_SECS, KEEPALIVE_ANSWER_SECS, KEEPALIVE_SECS, UNACKNOWLEDGED_SECS,
};

/// Seconds for the name, and for each address.
const STEP: Duration = Duration::from_secs(5);
/// Addresses tried in one go.
const ADDRESSES_MAX: usize = 8;
/// Bytes of HTTP/2 flow control for the connection: enough for a policy document in one go, and
/// little enough to be held by an idle laptop.
const WINDOW_BYTES: u32 = 256 * 1024;

/// Where to reach a collector.
#[derive(Debug, Clone)]
pub struct Place {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Addresses at which it was met before, the last first.
    pub known: Vec<IpAddr>,
    /// Whether names resolve at all. On an isolated device they do not, and asking costs time.
    pub resolve: bool,
}

/// Why a collector was not reached.
#[derive(Debug, Error)]
pub enum DialError {
    /// The name has no address.
    #[error("the name {host} cannot be resolved; is it spelt right, and is there a network?")]
    Resolve {
        /// The name.
        host: String,
        /// What the system said; `None` when it did not answer in time.
        #[source]
        source: Option<io::Error>,
    },
    /// No address answered.
    #[error(
        "nothing answers at {host}:{port} ({last}); is the collector running, and the port right?"
    )]
    Unreachable {
        /// The host that was asked for.
        host: String,
        /// The port.
        port: u16,
        /// The last address tried.
        last: SocketAddr,
        /// What the system said; `None` when nothing came in time.
        #[source]
        source: Option<io::Error>,
    },
    /// The peer is no collector of ours, or does not take us for its device.
    #[error("the server at {peer} is not accepted")]
    Tls {
        /// The peer.
        peer: SocketAddr,
        /// What did not fit.
        #[source]
        source: io::Error,
    },
    /// A certificate or a clock does not fit.
    #[error("the server at {peer} is not accepted: {what}")]
    Certificate {
        /// The peer.
        peer: SocketAddr,
        /// Which, and what to do.
        what: String,
    },
    /// The channel could not be made on the connection.
    #[error("the server at {peer} does not speak gRPC")]
    Channel {
        /// The peer.
        peer: SocketAddr,
        /// What did not fit.
        #[source]
        source: tonic::transport::Error,
    },
}

/// Connects and shakes hands. Gives the channel and the address that answered.
///
/// # Errors
/// [`DialError`], by the step that failed.
pub async fn channel(
    place: &Place,
    tls: &Arc<ClientConfig>,
) -> Result<(Channel, IpAddr), DialError> {
    channel_noting(place, tls, Noted::default()).await
}

/// The same; by which alert the server ends the connection, if it does, is noted.
pub(super) async fn channel_noting(
    place: &Place,
    tls: &Arc<ClientConfig>,
    noted: Noted,
) -> Result<(Channel, IpAddr), DialError> {
    let (stream, peer) = connect(place, tls).await?;
    let stream = Noting { stream, noted };
    let once = Arc::new(Mutex::new(Some(stream)));
    let connector = tower::service_fn(move |_: tonic::codegen::http::Uri| {
        let stream = once.lock().ok().and_then(|mut stream| stream.take());
        // A channel that outlives its connection is not revived here: the cycle decides when.
        let stream = stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        async move { stream.map(TokioIo::new) }
    });
    // The scheme is plain because TLS is done before HTTP/2 sees the connection.
    let channel = Endpoint::from_static("http://collector.sekisho.internal")
        .http2_keep_alive_interval(Duration::from_secs(KEEPALIVE_SECS))
        .keep_alive_timeout(Duration::from_secs(KEEPALIVE_ANSWER_SECS))
        .keep_alive_while_idle(true)
        .initial_connection_window_size(WINDOW_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .connect_timeout(Duration::from_secs(CALL_SECS))
        .connect_with_connector(connector)
        .await
        .map_err(|source| DialError::Channel { peer, source })?;
    Ok((channel, peer.ip()))
}

async fn connect(
    place: &Place,
    tls: &Arc<ClientConfig>,
) -> Result<(TlsStream<TcpStream>, SocketAddr), DialError> {
    let mut last = None;
    for peer in addresses(place).await? {
        match timeout(STEP, TcpStream::connect(peer)).await {
            Ok(Ok(stream)) => return handshake(stream, peer, tls).await,
            Ok(Err(error)) => last = Some((peer, Some(error))),
            Err(_) => last = Some((peer, None)),
        }
    }
    let (last, source) = last.ok_or_else(|| DialError::Resolve {
        host: place.host.clone(),
        source: None,
    })?;
    Err(DialError::Unreachable {
        host: place.host.clone(),
        port: place.port,
        last,
        source,
    })
}

async fn handshake(
    stream: TcpStream,
    peer: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<(TlsStream<TcpStream>, SocketAddr), DialError> {
    let failed = |source| DialError::Tls { peer, source };
    let name = server_name().map_err(|error| failed(io::Error::other(error)))?;
    stream.set_nodelay(true).map_err(failed)?;
    give_up_in_time(&stream);
    let connector = TlsConnector::from(Arc::clone(tls));
    let limit = Duration::from_secs(CONNECT_SECS);
    match timeout(limit, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok((stream, peer)),
        Ok(Err(error)) => Err(match refused::in_words(&error, clock::now()) {
            Some(what) => DialError::Certificate { peer, what },
            None => failed(error),
        }),
        Err(_) => Err(failed(io::Error::from(io::ErrorKind::TimedOut))),
    }
}

/// The addresses to try: those of the name, then those known from before.
async fn addresses(place: &Place) -> Result<Vec<SocketAddr>, DialError> {
    let mut found: Vec<SocketAddr> = Vec::new();
    let known = place
        .known
        .iter()
        .map(|ip| SocketAddr::new(*ip, place.port));
    if let Ok(ip) = place.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, place.port)]);
    }
    let mut failed = None;
    if place.resolve || place.known.is_empty() {
        let lookup = tokio::net::lookup_host((place.host.as_str(), place.port));
        match timeout(STEP, lookup).await {
            Ok(Ok(answers)) => found.extend(answers),
            Ok(Err(error)) => failed = Some(Some(error)),
            Err(_) => failed = Some(None),
        }
    }
    for address in known {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found.truncate(ADDRESSES_MAX);
    match (found.is_empty(), failed) {
        (true, source) => Err(DialError::Resolve {
            host: place.host.clone(),
            source: source.flatten(),
        }),
        (false, _) => Ok(found),
    }
}

/// Has the system give up a connection whose other end acknowledges nothing; it would wait for a quarter of an hour.
#[cfg(unix)]
fn give_up_in_time(stream: &TcpStream) {
    use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};

    let unacknowledged_ms = UNACKNOWLEDGED_SECS.saturating_mul(1000);
    if let Err(error) = setsockopt(stream, TcpUserTimeout, &unacknowledged_ms) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT cannot be set; a dead link is noticed later");
    }
}

/// Leaves it to the system, which gives up after 21 seconds by itself (TcpMaxDataRetransmissions).
#[cfg(windows)]
const fn give_up_in_time(_: &TcpStream) {
    const { assert!(UNACKNOWLEDGED_SECS >= 21) }
}
