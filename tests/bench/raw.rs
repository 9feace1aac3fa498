//! The baseline: a bare tonic server over the same TLS, and the load that drives it.
//!
//! Touches the loopback network. Must never do any work of its own behind a call.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use self::wire::raw_server::{Raw, RawServer};
use crate::pki::Pki;

pub(crate) mod wire {
    //! The generated contract of the baseline.
    //!
    //! Touches nothing. Must never hold a line written by hand.
    #![expect(unreachable_pub, clippy::allow_attributes, reason = "generated code")]
    tonic::include_proto!("sekisho.bench");
}

use self::wire::{Blob, Tiny};

/// Serves the baseline until it is killed; prints its port first.
pub(crate) async fn serve(pki_dir: &std::path::Path) -> Result<()> {
    let pki = Pki::load(pki_dir)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(listener.local_addr()?)?;
    let (shout, _) = broadcast::channel(16);
    tonic::transport::Server::builder()
        .add_service(RawServer::new(Bare { shout }))
        .serve_with_incoming(incoming(listener, TlsAcceptor::from(pki.server_config()?)))
        .await
        .context("the baseline server ended")
}

#[expect(clippy::print_stdout, reason = "the parent reads the port here")]
fn announce(address: SocketAddr) -> Result<()> {
    use std::io::Write;
    println!("{address}");
    Ok(std::io::stdout().flush()?)
}

/// Connections whose handshake is done; handshakes run beside each other.
fn incoming(
    listener: TcpListener,
    acceptor: TlsAcceptor,
) -> impl Stream<Item = std::io::Result<TlsStream<TcpStream>>> {
    let (done, ready) = mpsc::channel(1024);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, done) = (acceptor.clone(), done.clone());
            tokio::spawn(async move {
                // A peer that fails the handshake is no part of the figure.
                let _ = tcp.set_nodelay(true);
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let _ = done.send(Ok(tls)).await;
                }
            });
        }
    });
    ReceiverStream::new(ready)
}

struct Bare {
    shout: broadcast::Sender<bytes::Bytes>,
}

type Held = Pin<Box<dyn Stream<Item = Result<Blob, Status>> + Send>>;

#[tonic::async_trait]
impl Raw for Bare {
    type HoldStream = Held;

    async fn ingest(&self, request: Request<Blob>) -> Result<Response<Tiny>, Status> {
        let number = u64::try_from(request.get_ref().data.len()).unwrap_or(0);
        Ok(Response::new(Tiny { number }))
    }

    async fn hold(&self, _: Request<Tiny>) -> Result<Response<Held>, Status> {
        let heard = tokio_stream::wrappers::BroadcastStream::new(self.shout.subscribe());
        let messages = heard.filter_map(|data| data.ok().map(|data| Ok(Blob { data })));
        Ok(Response::new(Box::pin(messages)))
    }

    async fn shout(&self, request: Request<Blob>) -> Result<Response<Tiny>, Status> {
        let heard = self.shout.send(request.into_inner().data).unwrap_or(0);
        Ok(Response::new(Tiny {
            number: u64::try_from(heard).unwrap_or(0),
        }))
    }
}

/// Sends `total` bodies of `bytes` over `connections` with `flight` in flight on each.
pub(crate) async fn ingest(
    server: SocketAddr,
    pki: &Pki,
    connections: usize,
    flight: usize,
    total: usize,
    bytes: usize,
) -> Result<()> {
    let config = pki.client_config()?;
    let left = Arc::new(AtomicUsize::new(total));
    let body = bytes::Bytes::from(vec![7_u8; bytes]);
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..connections {
        let channel = crate::connect::channel(server, Arc::clone(&config), index).await?;
        for _ in 0..flight {
            let mut client = wire::raw_client::RawClient::new(channel.clone());
            let (left, body) = (Arc::clone(&left), body.clone());
            tasks.spawn(async move {
                while take(&left) {
                    client.ingest(Blob { data: body.clone() }).await?;
                }
                Ok::<_, Status>(())
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Takes one call off what is left. No lock: waiting for one in turn would keep the client from sending
/// as fast as it can, and make the baseline look dear.
fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}

/// Opens `count` connections, each with one stream held open.
pub(crate) async fn hold(
    server: SocketAddr,
    pki: &Pki,
    count: usize,
    lanes: usize,
) -> Result<Vec<tonic::Streaming<Blob>>> {
    let config = pki.client_config()?;
    let lanes = Arc::new(tokio::sync::Semaphore::new(lanes));
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..count {
        let (config, lanes) = (Arc::clone(&config), Arc::clone(&lanes));
        tasks.spawn(async move {
            let _lane = lanes.acquire().await?;
            let channel = crate::connect::channel(server, config, index).await?;
            let mut client = wire::raw_client::RawClient::new(channel);
            let number = u64::try_from(index)?;
            Ok::<_, anyhow::Error>(client.hold(Tiny { number }).await?.into_inner())
        });
    }
    let mut held = Vec::with_capacity(count);
    while let Some(done) = tasks.join_next().await {
        held.push(done??);
    }
    Ok(held)
}

/// Has the server send one message of an order's size to every held stream.
pub(crate) async fn shout(server: SocketAddr, pki: &Pki) -> Result<()> {
    let channel = crate::connect::channel(server, pki.client_config()?, 0).await?;
    let data = bytes::Bytes::from(vec![7_u8; 256]);
    wire::raw_client::RawClient::new(channel)
        .shout(Blob { data })
        .await?;
    Ok(())
}
