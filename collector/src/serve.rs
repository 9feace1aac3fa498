//! `serve(collector, listeners, shutdown)`: puts the rooms together and runs them until told to stop.
//!
//! Touches the sockets it is given. Must never bind one itself, and never decide anything.

mod certificate;
mod rejudge;
mod seen;

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::limits::MESSAGE_BYTES_MAX;
use sekisho_proto::wire::agent_server::AgentServer;
use sekisho_proto::wire::enrolment_server::EnrolmentServer;

use crate::admin::{self, Office};
use crate::admit::Refusals;
use crate::beacon::{self, Beacon};
use crate::clock;
use crate::config::Config;
use crate::enrol::{Enrolment, NonceError};
use crate::grpc::{AgentService, EnrolmentService, note_handshake};
use crate::hub::Hub;
use crate::in_force::{InForceError, PolicyInForce};
use crate::intake::{Allowance, Intake};
use crate::keys::Keys;
use crate::limits::{
    AGENT_CONNECTIONS_MAX, AGENT_HANDSHAKES_MAX, CERTIFICATE_SECS, CONNECTION_WINDOW_BYTES,
    DRAIN_SECS, ENROLMENT_CONNECTIONS_MAX, ENROLMENT_HANDSHAKES_MAX, HEADERS_BYTES_MAX,
    KEEPALIVE_SECS, KEEPALIVE_TIMEOUT_SECS, REFUSALS_WAITING_MAX, SEEN_SECS, STREAM_WINDOW_BYTES,
    STREAMS_PER_CONNECTION_MAX,
};
use crate::listening::Listening;
use crate::record::AuditEvent;
use crate::response::Desk;
use crate::store::{Store, StoreError};
use crate::tls::{self, Bounds, Connection, TlsError};

pub use certificate::{RootEnd, renew_certificate, root_end};
pub use seen::Seen;

/// The rooms every interface of the collector shares.
pub struct Collector {
    /// What it was told at its start.
    pub config: Config,
    /// Its keys.
    pub keys: Arc<Keys>,
    /// Its memory.
    pub store: Arc<dyn Store>,
    /// The open streams.
    pub hub: Arc<Hub>,
    /// What tells the internal network from any other.
    pub beacon: Arc<Beacon>,
    /// The policy that reports are judged by.
    pub policy: PolicyInForce,
    /// Where machines become devices.
    pub enrolment: Enrolment,
    /// Where reports are taken in.
    pub intake: Intake,
    /// How many refusals of strangers have been put down.
    pub refusals: Refusals,
    /// How many of holders of a certificate of ours: strangers shall not crowd them out.
    pub refusals_of_devices: Refusals<DeviceId>,
    /// When devices were last heard of.
    pub seen: Seen,
    /// How long it has listened in all.
    pub listening: Arc<Listening>,
    /// Tells the time to everything that comes in by gRPC.
    pub clock: fn() -> Timestamp,
}

/// The sockets to serve on. The caller has bound them.
pub struct Listeners {
    /// For agents.
    pub agents: TcpListener,
    /// For machines that enrol.
    pub enrolment: TcpListener,
    /// For the beacon, each as soon as it is bound.
    pub beacon: mpsc::Receiver<TcpListener>,
    /// For the admin interface; `None` serves none.
    pub admin: Option<UnixListener>,
}

/// Why the collector cannot serve.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The policy in force cannot be used.
    #[error("there is no policy to judge by")]
    Policy(#[from] InForceError),
    /// The store does not say how long the collector has listened.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// The enrolment desk cannot be opened.
    #[error("enrolment cannot be opened")]
    Enrolment(#[from] NonceError),
    /// A listener cannot speak TLS.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// A socket does not say what it is bound to.
    #[error("a listening socket cannot be used")]
    Socket(#[source] std::io::Error),
    /// A server ended by itself.
    #[error("the {what} listener ended")]
    Ended {
        /// Which.
        what: &'static str,
        /// Why.
        #[source]
        cause: tonic::transport::Error,
    },
}

impl Collector {
    /// Puts the rooms together over a store.
    ///
    /// # Errors
    /// [`ServeError`] when there is no policy to judge by or the system gives no random bytes.
    pub async fn open(
        config: Config,
        keys: Arc<Keys>,
        store: Arc<dyn Store>,
    ) -> Result<Arc<Self>, ServeError> {
        Self::under(crate::clock::now, config, keys, store).await
    }

    /// The same by another clock than the system's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn under(
        clock: fn() -> Timestamp,
        config: Config,
        keys: Arc<Keys>,
        store: Arc<dyn Store>,
    ) -> Result<Arc<Self>, ServeError> {
        let policy = PolicyInForce::load(store.as_ref(), clock()).await?;
        let beacon = Beacon::open(config.beacon.as_ref(), &config.keys_dir());
        let listening = Listening::resume(store.as_ref()).await?;
        let listening = Arc::new(listening);
        let changes = Allowance::new(config.changes_per_hour, config.one_change_in());
        Ok(Arc::new(Self {
            beacon: Arc::new(beacon),
            config,
            enrolment: Enrolment::new(Arc::clone(&store), Arc::clone(&keys))?,
            intake: Intake::new(Arc::clone(&store), policy.clone(), changes),
            keys,
            store,
            hub: Arc::default(),
            policy,
            refusals: Refusals::default(),
            refusals_of_devices: Refusals::default(),
            seen: Seen::default(),
            listening,
            clock,
        }))
    }

    /// How long the collector has listened in all.
    #[must_use]
    pub fn listened(&self) -> Span {
        self.listening.so_far(&self.policy.current().policy)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// Serves until `shutdown` becomes true, and then for as long as streams under way need to end, but no
/// longer than [`DRAIN_SECS`].
///
/// # Errors
/// [`ServeError`] when a listener cannot be served.
pub async fn serve(
    collector: Arc<Collector>,
    listeners: Listeners,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let (failures, failed) = mpsc::channel(REFUSALS_WAITING_MAX);
    let port = listeners
        .agents
        .local_addr()
        .map_err(ServeError::Socket)?
        .port();
    let agents = serve_agents(&collector, listeners.agents, failures.clone(), &shutdown)?;
    let beacon = beacon::serve(Arc::clone(&collector), listeners.beacon, failures.clone());
    let enrolment = serve_enrolment(&collector, port, listeners.enrolment, failures, &shutdown)?;
    let admin = serve_admin(&collector, listeners.admin, shutdown.clone());
    let outcome = tokio::select! {
        outcome = async { tokio::try_join!(agents, enrolment, admin).map(|_| ()) } => outcome,
        () = keep_up(&collector, failed) => Ok(()),
        () = rejudge::rounds(&collector) => Ok(()),
        () = beacon => Ok(()),
        () = drain(&collector, shutdown) => Ok(()),
    };
    write_seen(&collector).await;
    let at = collector.now();
    let strangers = collector.refusals.last_word("strangers", at);
    let devices = collector.refusals_of_devices.last_word("devices", at);
    last_words(collector.store.as_ref(), [strangers, devices]).await;
    outcome
}

/// Writes down who was heard of, and how long the collector has listened.
async fn write_seen(collector: &Collector) {
    let listened = collector.listened();
    collector
        .seen
        .write(collector.store.as_ref(), listened)
        .await;
}

/// Puts down what is left to say of refusals that were not put down singly.
async fn last_words(store: &dyn Store, words: impl IntoIterator<Item = Option<AuditEvent>>) {
    let words: Vec<_> = words.into_iter().flatten().collect();
    if !words.is_empty()
        && let Err(error) = store.audit_append(words).await
    {
        tracing::error!(%error, "how many refusals were withheld is not put down");
    }
}

fn serve_agents(
    collector: &Arc<Collector>,
    listener: TcpListener,
    failures: mpsc::Sender<tls::Failure>,
    shutdown: &watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<(), ServeError>> + use<>, ServeError> {
    let tls = tls::for_agents(&collector.keys)?;
    let bounds = Bounds {
        connections: AGENT_CONNECTIONS_MAX,
        handshakes: AGENT_HANDSHAKES_MAX,
    };
    let service = AgentServer::new(AgentService::new(Arc::clone(collector)))
        .max_decoding_message_size(MESSAGE_BYTES_MAX);
    let incoming = accept(listener, tls, bounds, failures);
    let stop = stopped(shutdown.clone());
    let served = server().serve_with_incoming_shutdown(service, incoming, stop);
    let what = "agents'";
    Ok(async move {
        served
            .await
            .map_err(|cause| ServeError::Ended { what, cause })
    })
}

fn serve_enrolment(
    collector: &Arc<Collector>,
    agent_port: u16,
    listener: TcpListener,
    failures: mpsc::Sender<tls::Failure>,
    shutdown: &watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<(), ServeError>> + use<>, ServeError> {
    let tls = tls::for_enrolment(&collector.keys)?;
    let bounds = Bounds {
        connections: ENROLMENT_CONNECTIONS_MAX,
        handshakes: ENROLMENT_HANDSHAKES_MAX,
    };
    let service = EnrolmentServer::new(EnrolmentService::new(Arc::clone(collector), agent_port))
        .max_decoding_message_size(ENROLMENT_BYTES_MAX);
    let incoming = accept(listener, tls, bounds, failures);
    let stop = stopped(shutdown.clone());
    let served = server().serve_with_incoming_shutdown(service, incoming, stop);
    let what = "enrolment";
    Ok(async move {
        served
            .await
            .map_err(|cause| ServeError::Ended { what, cause })
    })
}

async fn serve_admin(
    collector: &Arc<Collector>,
    listener: Option<UnixListener>,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let office = Arc::new(Office::new(Desk::of(collector), clock::now()));
    if let Some(listener) = listener {
        admin::serve(listener, admin::router(Arc::clone(&office)), shutdown).await;
    }
    let users = office.strangers.last_word("users", clock::now());
    last_words(collector.store.as_ref(), [users]).await;
    Ok(())
}

/// What goes on beside the serving: signs of life are written down, and so are handshakes that failed;
/// the server's certificate is renewed when its time has come.
async fn keep_up(collector: &Collector, mut failed: mpsc::Receiver<tls::Failure>) {
    let mut rounds = tokio::time::interval(Duration::from_secs(SEEN_SECS));
    let mut looks = tokio::time::interval(Duration::from_secs(CERTIFICATE_SECS));
    loop {
        tokio::select! {
            _ = looks.tick() => certificate::look(collector, clock::now()).await,
            _ = rounds.tick() => write_seen(collector).await,
            Some(failure) = failed.recv() => note_handshake(collector, failure).await,
        }
    }
}

/// Ends every stream when the collector is to stop, and returns when they have had their time.
async fn drain(collector: &Collector, shutdown: watch::Receiver<bool>) {
    stopped(shutdown).await;
    collector.hub.stop();
    tokio::time::sleep(Duration::from_secs(DRAIN_SECS)).await;
    tracing::warn!("some connections did not end within {DRAIN_SECS} s");
}

/// Bytes of one message at enrolment: a request with its proof and marks takes about 2 KiB.
const ENROLMENT_BYTES_MAX: usize = 64 * 1024;

fn server() -> Server {
    Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(KEEPALIVE_SECS)))
        .http2_keepalive_timeout(Some(Duration::from_secs(KEEPALIVE_TIMEOUT_SECS)))
        .http2_max_header_list_size(HEADERS_BYTES_MAX)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
}

fn accept(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    bounds: Bounds,
    failures: mpsc::Sender<tls::Failure>,
) -> ReceiverStream<std::io::Result<Connection>> {
    let (ready, incoming) = mpsc::channel(bounds.handshakes);
    tokio::spawn(tls::accept(listener, tls, bounds, ready, failures));
    ReceiverStream::new(incoming)
}

/// Returns when the collector is to stop, or when whoever would say so has gone.
async fn stopped(mut shutdown: watch::Receiver<bool>) {
    // What it gives back is a lock that must not be held while waiting.
    drop(shutdown.wait_for(|stop| *stop).await);
}
