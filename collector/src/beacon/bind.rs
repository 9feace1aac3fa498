//! Listening for the beacon: tried again until it succeeds, since the internal network may come up after the
//! collector.
//!
//! Touches sockets. Must never end the collector.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::Beacon;
use crate::limits::BEACON_RETRY_SECS;

/// The sockets of a beacon, each as soon as it is there. None come where there is no beacon to serve.
#[must_use]
pub fn listeners(beacon: &Arc<Beacon>) -> mpsc::Receiver<TcpListener> {
    let (tell, sockets) = mpsc::channel(1);
    let addresses = match (beacon.config(), beacon.keys()) {
        (Some(config), Some(_)) => config.listen.clone(),
        (None, _) | (_, None) => Vec::new(),
    };
    for address in addresses {
        tokio::spawn(listen(Arc::clone(beacon), address, tell.clone()));
    }
    sockets
}

async fn listen(beacon: Arc<Beacon>, address: SocketAddr, tell: mpsc::Sender<TcpListener>) {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                tracing::info!(%address, "the beacon listens");
                beacon.listens(address, Ok(()));
                // Nobody takes it when the collector is stopping.
                drop(tell.send(listener).await);
                return;
            }
            Err(error) => {
                tracing::error!(%address, %error, "the beacon cannot listen; it is tried again");
                beacon.listens(address, Err(error.to_string()));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(BEACON_RETRY_SECS)) => {}
            () = tell.closed() => return,
        }
    }
}
