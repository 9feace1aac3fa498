//! How the agent itself fares, for its reports and for `status`.
//!
//! Touches nothing but the clock. Must never put into a report what changes with each of them.

use sekisho_policy::facts::AgentHealth;
use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;

use super::local::HealthAnswer;
use super::watch::Silent;

/// What is known of this run of the agent.
#[derive(Debug)]
pub(super) struct Health {
    started_at: Timestamp,
    silent: Silent,
    /// When all facts were last read.
    read_at: Option<Timestamp>,
}

impl Health {
    /// The health of an agent that starts at this time.
    pub(super) const fn begun(at: Timestamp, silent: Silent) -> Self {
        Self {
            started_at: at,
            silent,
            read_at: None,
        }
    }

    /// All facts were read at this time.
    pub(super) const fn read(&mut self, at: Timestamp) {
        self.read_at = Some(at);
    }

    /// As it stands in `status`.
    pub(super) fn answer(&self) -> HealthAnswer {
        let AgentHealth {
            version,
            started_at,
            not_watched,
        } = self.fact();
        HealthAnswer {
            version,
            started_at: Time(started_at),
            read_at: self.read_at.map(Time),
            not_watched,
        }
    }

    /// As it stands in a report.
    pub(super) fn fact(&self) -> AgentHealth {
        AgentHealth {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            not_watched: self.silent.places(),
        }
    }
}
