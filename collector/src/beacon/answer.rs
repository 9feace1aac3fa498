//! Answering: one TLS handshake, one question, one answer, and the connection is over.
//!
//! Touches the sockets it is given, and the register, reading only. Must never answer who has no
//! certificate of an admitted device, nor who comes from outside.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use sekisho_proto::beacon::{ALPN, Answer, QUESTION_BYTES};

use super::Places;
use crate::admit::{AdmitError, admit};
use crate::config::is_internal;
use crate::grpc::note_refused;
use crate::limits::{ACCEPT_PAUSE_MS, BEACON_SECS};
use crate::serve::Collector;
use crate::tls::{Failure, for_beacon};

/// Serves on each socket that comes, for as long as this is polled.
pub async fn serve(
    collector: Arc<Collector>,
    mut sockets: mpsc::Receiver<TcpListener>,
    failures: mpsc::Sender<Failure>,
) {
    let places = Arc::new(Places::default());
    let tls = for_beacon(&collector.keys, &collector.beacon).unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "the beacon does not serve");
        None
    });
    let Some(tls) = tls.map(TlsAcceptor::from) else {
        return std::future::pending().await;
    };
    let mut listening = tokio::task::JoinSet::new();
    while let Some(listener) = sockets.recv().await {
        let (collector, tls) = (Arc::clone(&collector), tls.clone());
        let (places, failures) = (Arc::clone(&places), failures.clone());
        listening.spawn(async move {
            accept_all(&collector, &listener, &tls, &places, &failures).await;
        });
    }
    // No more sockets come; those that came are served on.
    std::future::pending().await
}

async fn accept_all(
    collector: &Arc<Collector>,
    listener: &TcpListener,
    tls: &TlsAcceptor,
    places: &Arc<Places>,
    failures: &mpsc::Sender<Failure>,
) {
    let mut answering = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = answering.join_next() => continue,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: going on at once would spin.
                tracing::warn!(%error, "a question to the beacon could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let Some(mut place) = places.take(address.ip()) else {
            continue;
        };
        let (collector, tls, failures) = (Arc::clone(collector), tls.clone(), failures.clone());
        answering.spawn(async move {
            let limit = Duration::from_secs(BEACON_SECS);
            let answered = tokio::select! {
                answered = timeout(limit, answer(&collector, &tls, socket, address)) => answered,
                () = place.lost() => return,
            };
            let reason = match answered {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no question within {BEACON_SECS} s"),
            };
            tracing::debug!(%address, reason, "the beacon did not answer");
            // When there is no room the log has more of the kind than anyone will read.
            drop(failures.try_send(Failure { address, reason }));
        });
    }
}

/// Answers one peer, or says why not.
async fn answer(
    collector: &Arc<Collector>,
    tls: &TlsAcceptor,
    socket: TcpStream,
    address: SocketAddr,
) -> io::Result<()> {
    let here = socket.local_addr()?;
    let public = collector
        .beacon
        .config()
        .is_some_and(|one| one.public_addresses);
    let is_inside = is_internal(address.ip()) && is_internal(here.ip());
    if !(public || is_inside) {
        return Err(io::Error::other(format!(
            "asked from outside: {address} asked {here}, and a beacon answers between internal addresses alone"
        )));
    }
    socket.set_nodelay(true)?;
    let mut stream = tls.accept(socket).await?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(ALPN) {
        return Err(io::Error::other("asked by another protocol"));
    }
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let shown = shown.map(|certificate| certificate.to_vec());
    match admit(collector.store.as_ref(), shown.as_deref(), collector.now()).await {
        Ok(_) => {}
        Err(AdmitError::Refused(refusal)) => {
            let mut event = refusal.event(&address.to_string(), collector.now());
            event.action = "beacon.refused";
            note_refused(collector, address.ip(), event).await;
            // It has proved its key, so it may know: closed in order, and without an answer.
            return stream.shutdown().await;
        }
        Err(AdmitError::Store(error)) => return Err(io::Error::other(error)),
    }
    let mut question = [0; QUESTION_BYTES];
    stream.read_exact(&mut question).await?;
    let answer = Answer {
        at: collector.now(),
        seen: address.ip().to_canonical(),
    };
    stream.write_all(&answer.to(&question)).await?;
    stream.shutdown().await
}
