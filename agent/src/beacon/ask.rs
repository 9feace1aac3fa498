//! One question to one beacon.
//!
//! Touches one connection. Must never take an answer from whom has not proved a pinned key, nor one that was
//! given to another address than this laptop's.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::rand;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use sekisho_policy::reading::Why;
use sekisho_proto::beacon::{ALPN, ANSWER_BYTES, Answer, Nonce};

use super::links::AskedLink;
use super::{connect, is_same};
use crate::cycle::place::NoAnswer;

/// Whether the other end has proved a pinned key; known also when the rest did not come in time.
#[derive(Debug, Default)]
pub(super) struct Proved(AtomicBool);

impl Proved {
    pub(super) fn is_proved(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Asks; gives the address that it asked from. The beacon tells its time, too, on which nothing rests here.
pub(super) async fn ask(
    link: &AskedLink,
    at: SocketAddr,
    tls: &Arc<ClientConfig>,
    proved: &Proved,
) -> Result<IpAddr, NoAnswer> {
    let socket = connect::connect(link, at).await?;
    let own = socket
        .local_addr()
        .map_err(|error| NoAnswer::Unknown(Why::Unreadable(format!("{}: {error}", link.name))))?;
    let name = ServerName::IpAddress(at.ip().into());
    let connector = TlsConnector::from(Arc::clone(tls));
    let mut stream = connector
        .connect(name, socket)
        .await
        .map_err(|error| NoAnswer::NotThere(format!("{at}: no beacon of ours: {error}")))?;
    // The handshake is over for this side once the other has proved its key. Whether this side's certificate
    // is taken shows only now.
    proved.0.store(true, Ordering::Relaxed);
    let unknown = |why: String| NoAnswer::Unknown(Why::Unreadable(format!("{at}: {why}")));
    if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        return Err(unknown("it speaks another protocol".to_owned()));
    }
    let mut question = Nonce::default();
    rand::fill(&mut question).map_err(|_| unknown("no randomness for a question".to_owned()))?;
    let mut answer = [0; ANSWER_BYTES];
    let exchange = async {
        stream.write_all(&question).await?;
        stream.read_exact(&mut answer).await
    };
    exchange.await.map_err(|error| refused(at, &error))?;
    let answer = Answer::read(&answer, &question).map_err(|error| unknown(error.to_string()))?;
    if !is_same(answer.seen, own.ip()) {
        return Err(unknown(format!(
            "it was asked from {} and saw {}: something between translates addresses or passes questions on",
            own.ip(),
            answer.seen
        )));
    }
    Ok(own.ip())
}

/// A beacon that closes without an answer does not take this device for one of its own.
fn refused(at: SocketAddr, error: &io::Error) -> NoAnswer {
    NoAnswer::Unknown(Why::NotPermitted(format!(
        "{at}: the beacon does not answer this device: {error}"
    )))
}
