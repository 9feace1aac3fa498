//! Connections of the load: TCP from many source addresses, TLS, HTTP/2.
//!
//! Touches the loopback network. Must never reach for any other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use crate::pki;

/// Connections from one source address: a destination has about 28,000 ports for each.
const PER_SOURCE: usize = 8000;

/// Opens the `index`th connection to `server`.
pub(crate) async fn channel(
    server: SocketAddr,
    config: Arc<ClientConfig>,
    index: usize,
) -> Result<Channel> {
    let source = u8::try_from(1 + index / PER_SOURCE)?;
    let connector = tower::service_fn(move |_| {
        let config = Arc::clone(&config);
        async move {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(
                IpAddr::V4(Ipv4Addr::new(127, 0, 0, source)),
                0,
            ))?;
            let tcp = socket.connect(server).await?;
            tcp.set_nodelay(true)?;
            let name = ServerName::try_from(pki::NAME).map_err(std::io::Error::other)?;
            let tls = TlsConnector::from(config).connect(name, tcp).await?;
            Ok::<_, std::io::Error>(TokioIo::new(tls))
        }
    });
    // The scheme only names the connection; the connector has encrypted it already.
    Ok(Endpoint::try_from(format!("http://{server}"))?
        .connect_with_connector(connector)
        .await?)
}

/// Allows as many open files as the kernel grants.
pub(crate) fn raise_open_files() -> Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(())
}
