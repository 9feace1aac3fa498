//! `serve`: opens what the configuration names, serves, and stops on a signal.
//!
//! Touches files, sockets, signals and the service manager. Must never decide anything about a device.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sd_notify::NotifyState;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use super::common::{Common, Exit};
use super::failure::{Failure, conclude};
use super::init::chain;
use super::owner::become_owner;
use crate::admin::{self, AdminError};
use crate::beacon;
use crate::config::{Config, ConfigError};
use crate::keys::{Keys, KeysError};
use crate::serve::{Collector, Listeners, ServeError, serve};
use crate::store::StoreError;
use crate::store::sqlite::SqliteStore;

/// Serve laptops and administrators until told to stop
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sekisho-collector serve --dir /var/lib/sekisho-collector\n\nSEKISHO_LOG sets what is logged, such as `info` or `sekisho_collector=debug`."
)]
pub struct ServeArgs {
    #[command(flatten)]
    common: Common,
    /// Listen here for agents instead of where the configuration says
    #[arg(long, value_name = "ADDRESS:PORT")]
    agents: Option<SocketAddr>,
    /// Listen here for machines that enrol instead of where the configuration says
    #[arg(long, value_name = "ADDRESS:PORT")]
    enrolment: Option<SocketAddr>,
}

/// Why the collector does not serve.
#[derive(Debug, Error)]
enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("the store cannot be opened")]
    Store(#[from] StoreError),
    #[error("there is no store in {}; `sekisho-collector restore` makes one from a backup", .0.display())]
    NoStore(PathBuf),
    #[error(
        "cannot listen on {address}; another program may hold it, or the address is not this machine's"
    )]
    Bind {
        address: SocketAddr,
        #[source]
        cause: std::io::Error,
    },
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("signals cannot be received")]
    Signal(#[source] std::io::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl ServeArgs {
    /// Does it, and gives the exit code when it has ended.
    pub fn run(&self) -> Exit {
        let filter =
            EnvFilter::try_from_env("SEKISHO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
        raise_descriptors();
        if let Err(failure) = become_owner(&self.common.dir) {
            return conclude(Err(failure), &self.common);
        }
        let ended = match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime
                .block_on(self.serve())
                .map_err(|error| Failure::Step(chain(&error))),
            Err(error) => Err(Failure::Step(format!("the runtime cannot start: {error}"))),
        };
        conclude(ended.map(|()| Exit::Done), &self.common)
    }

    async fn serve(&self) -> Result<(), StartError> {
        let config = Config::load(&self.common.dir)?;
        let keys = Arc::new(Keys::load(&config.keys_dir())?);
        let signer = Arc::clone(&keys.audit);
        // One that is made in passing would know no laptop and no order, and look like a good one.
        if !config.store_dir().is_dir() {
            return Err(StartError::NoStore(config.dir));
        }
        let store = SqliteStore::open(&config.store_dir(), signer)?;
        let agents = bind(self.agents.unwrap_or(config.agents_address)).await?;
        let enrolment = bind(self.enrolment.unwrap_or(config.enrolment_address)).await?;
        let admin = Some(admin::bind(&config.admin_socket_path)?);
        for (what, listener) in [("agents", &agents), ("enrolment", &enrolment)] {
            let address = listener.local_addr().ok().map(tracing::field::display);
            tracing::info!(address, "listening for {what}");
        }
        let collector = Collector::open(config, keys, Arc::new(store)).await?;
        let listeners = Listeners {
            agents,
            enrolment,
            beacon: beacon::listeners(&collector.beacon),
            admin,
        };
        let shutdown = stop_signal()?;
        // Without a service manager there is nobody to tell.
        drop(sd_notify::notify(&[NotifyState::Ready]));
        if let Some(interval) = sd_notify::watchdog_enabled() {
            tokio::spawn(feed_watchdog(interval / 2));
        }
        serve(collector, listeners, shutdown).await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Tells the service manager that tasks still run. It asks nothing of the store: one that waits for its disk
/// is not mended by a new start.
async fn feed_watchdog(every: std::time::Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        // Without a service manager there is nobody to tell.
        drop(sd_notify::notify(&[NotifyState::Watchdog]));
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| StartError::Bind { address, cause })
}

/// Becomes true at SIGTERM or SIGINT.
fn stop_signal() -> Result<watch::Receiver<bool>, StartError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signal)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        drop(sd_notify::notify(&[NotifyState::Stopping]));
        // Nobody listens when everything has stopped already.
        let _ = stop.send(true);
    });
    Ok(stopped)
}

/// Lets the process hold as many connections as the system allows it.
fn raise_descriptors() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
