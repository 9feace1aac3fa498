//! What is around the facts: the agent's folders, the running agent, the collector, and whether the firewall can be read.
//!
//! Touches the state folder, the local socket, the collector's ports, and the firewall only to read it. Must never change
//! what an agent that runs goes by.

use std::future::Future;
use std::time::Duration;

use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};

use super::Report;
use super::isolation::connect;
use super::line::{Line, Outcome, Said};
use crate::clock;
use crate::config::Config;
#[cfg(windows)]
use crate::enforce::guests::Standing;
use crate::enforce::plan::Way;
use crate::enforce::probe::Elsewhere;
use crate::enforce::{Enforcer, watch};
use crate::identity::{Identity, IdentityError};
use crate::paths::Paths;
use crate::shell::{self, Answer, Question, chain};

type Told = (Outcome, Said);

const GOOD: Told = (Outcome::Pass, Said::Nothing);

/// Tries each, and tells a line of it.
pub(super) async fn lines(
    report: &mut Report,
    paths: &Paths,
    config: &Config,
) -> std::io::Result<()> {
    report.say("self-test-surroundings", &[])?;
    let configuration = config.trouble.clone().map_or(GOOD, |why| {
        (Outcome::Fail, Said::Text("self-test-because", why))
    });
    tell(report, "configuration", async { configuration }).await?;
    tell(report, "state", async { state(paths) }).await?;
    tell(report, "identity", async { identity(paths) }).await?;
    tell(report, "agent", agent(paths)).await?;
    tell(report, "collector", collector(paths, config)).await?;
    tell(report, "isolation-read", isolation_read()).await?;
    tell(report, "isolation-watched", async { watched() }).await?;
    #[cfg(windows)]
    tell(report, "isolation-guests", guests()).await?;
    Ok(())
}

async fn tell(
    report: &mut Report,
    name: &'static str,
    tried: impl Future<Output = Told>,
) -> std::io::Result<()> {
    let began = clock::instant();
    let told = tried.await;
    let took = clock::instant().duration_since(began);
    report.tell(Line::new("surroundings", name, took, told))
}

fn unknown(why: Why) -> Told {
    (Outcome::Unknown, Said::Why(why))
}

/// Whether the state can be kept. A folder that is not there is made by the agent's first start.
fn state(paths: &Paths) -> Told {
    let folder = paths.state_dir();
    let named = |what: &dyn std::fmt::Display| format!("{}: {what}", folder.display());
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => GOOD,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            unknown(Why::ToolMissing(named(&error)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            unknown(Why::NotPermitted(named(&error)))
        }
        Err(error) => (
            Outcome::Fail,
            Said::Text("self-test-because", named(&error)),
        ),
    }
}

fn identity(paths: &Paths) -> Told {
    match Identity::load(paths) {
        Ok(_) => GOOD,
        Err(IdentityError::NotEnrolled) => (
            Outcome::Unknown,
            Said::Text("self-test-not-enrolled", String::new()),
        ),
        Err(error) => (
            Outcome::Fail,
            Said::Text("self-test-because", chain(&error)),
        ),
    }
}

async fn agent(paths: &Paths) -> Told {
    match shell::ask(paths, &Question::Status).await {
        Ok(Answer::Status(_) | Answer::NotEnrolled { .. }) => GOOD,
        Ok(Answer::Refused { why }) => (Outcome::Fail, Said::Text("self-test-because", why)),
        Ok(
            Answer::News(_) | Answer::Basis(_) | Answer::Challenge { .. } | Answer::Released { .. },
        ) => (
            Outcome::Fail,
            Said::Text("local-other-answer", String::new()),
        ),
        Err(error) => unknown(Why::ToolMissing(format!(
            "{}: {error}",
            paths.socket_path().display()
        ))),
    }
}

/// Whether a port of the collector takes a connection: no more is said there.
async fn collector(paths: &Paths, config: &Config) -> Told {
    let way = match shell::way_to_collector(paths, config) {
        Ok(Some(way)) => way,
        Ok(None) => {
            return (
                Outcome::Unknown,
                Said::Text("self-test-not-enrolled", String::new()),
            );
        }
        Err(error) => return unknown(Why::Unreadable(format!("{error:#}"))),
    };
    let mut last = unknown(Why::NotAsked);
    for endpoint in &way.collectors {
        match connect((endpoint.address, endpoint.port).into()).await {
            Ok(_) => return GOOD,
            Err(error) => {
                let said = format!("{endpoint}: {error}");
                last = (Outcome::Fail, Said::Text("self-test-because", said));
            }
        }
    }
    last
}

async fn isolation_read() -> Told {
    let enforcer = Enforcer::new(Way::default(), Elsewhere::default());
    match enforcer.observe(clock::now()).await.applied {
        Reading::Known(Access::Full | Access::Restricted | Access::Isolated) | Reading::Absent => {
            GOOD
        }
        Reading::Unknown(why) => unknown(why),
    }
}

/// Whether Hyper-V's own firewall, through which the machines of WSL send, can be read.
#[cfg(windows)]
async fn guests() -> Told {
    let enforcer = Enforcer::new(Way::default(), Elsewhere::default());
    match enforcer.guests().await {
        Standing::NoFirewall => (
            Outcome::Pass,
            Said::Text("self-test-no-guests", String::new()),
        ),
        Standing::Blocks | Standing::Free => GOOD,
        Standing::Weakened(rule) => (
            Outcome::Fail,
            Said::Text("self-test-because", rule.to_owned()),
        ),
        Standing::Unknown(why) => unknown(Why::Unreadable(why)),
    }
}

fn watched() -> Told {
    let (_watch, deaf) = watch::Watch::open();
    deaf.map_or(GOOD, |error| unknown(Why::Unsupported(chain(&error))))
}

/// How long a server may take to answer.
pub(super) const ANSWER_DEADLINE: Duration = Duration::from_secs(3);
