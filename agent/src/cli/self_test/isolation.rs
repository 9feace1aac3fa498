//! An isolation that is tried: put in force, probed against live servers, and lifted.
//!
//! Touches the firewall and the network. Must never begin where an isolation is in force, or where nothing would lift it
//! if this program died; and never call a server cut off that did not answer before.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use sekisho_policy::order::{Access, Endpoint, Enforcement};
use sekisho_policy::reading::{Reading, Why};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::flow::Flow;
use super::guard::Guard;
use super::line::{Line, Outcome, Said, wanted};
use super::surroundings::ANSWER_DEADLINE;
use super::{Failure, Report};
use crate::clock;
use crate::config::Config;
use crate::enforce::plan::Way;
use crate::enforce::probe::{COLLECTOR, Elsewhere};
use crate::enforce::{Desired, Enforcer};
use crate::paths::Paths;
use crate::shell;

/// What is to be tried.
pub(super) struct Trial<'a> {
    pub(super) span: Duration,
    pub(super) collector: Option<SocketAddr>,
    pub(super) elsewhere: Option<SocketAddr>,
    pub(super) config_path: &'a Path,
}

/// What came of it.
pub(super) struct Tried {
    pub(super) span: Duration,
    /// What the enforcer said; none where it was not begun.
    pub(super) account: Option<Enforcement>,
}

type Told = (Outcome, Said);

const GOOD: Told = (Outcome::Pass, Said::Nothing);

impl Trial<'_> {
    /// Tries it, and tells a line of each thing.
    pub(super) async fn lines(
        &self,
        report: &mut Report,
        paths: &Paths,
        config: &Config,
    ) -> Result<Tried, Failure> {
        let secs = self.span.as_secs().to_string();
        report.say("self-test-isolation", &[("secs", &secs)])?;
        let tried = |account| Tried {
            span: self.span,
            account,
        };
        let way = match self.way(paths, config) {
            Ok(way) => way,
            Err(told) => {
                tell(report, "isolation-way", Duration::ZERO, told)?;
                return Ok(tried(None));
            }
        };
        let mut flow = None;
        if !self.may_begin(report, &way, &mut flow).await? {
            return Ok(tried(None));
        }
        let guard = match timed(Guard::start(paths, self.config_path, self.span)).await {
            (Ok(guard), took) => {
                tell(report, "isolation-guard", took, GOOD)?;
                guard
            }
            (Err(error), took) => {
                let said = Said::Text("self-test-because", error.to_string());
                tell(report, "isolation-guard", took, (Outcome::Fail, said))?;
                return Ok(tried(None));
            }
        };
        let account = self.isolated(report, &way, flow, guard).await?;
        Ok(tried(Some(account)))
    }

    /// The way that stays open.
    fn way(&self, paths: &Paths, config: &Config) -> Result<Way, Told> {
        if let Some(named) = self.collector {
            return Ok(Way {
                collectors: [Endpoint::tcp(named.ip(), named.port())].into(),
                ..Way::default()
            });
        }
        match shell::way_to_collector(paths, config) {
            // Open to every user: the agent that runs is another one, and goes on reporting.
            Ok(Some(way)) => Ok(Way { owner: None, ..way }),
            Ok(None) => Err((
                Outcome::Unknown,
                Said::Text("self-test-name-one", String::new()),
            )),
            Err(error) => {
                let why = Why::Unreadable(format!("{error:#}"));
                Err((Outcome::Unknown, Said::Why(why)))
            }
        }
    }

    /// Whether all that must be so before is so; opens the connection that shall die.
    async fn may_begin(
        &self,
        report: &mut Report,
        way: &Way,
        flow: &mut Option<Flow>,
    ) -> Result<bool, Failure> {
        let enforcer = Enforcer::new(way.clone(), Elsewhere::default());
        let (seen, took) = timed(enforcer.observe(clock::now())).await;
        let none = match seen.applied {
            Reading::Known(Access::Full) => GOOD,
            Reading::Known(_) | Reading::Absent => (
                Outcome::Fail,
                Said::Text("self-test-already", String::new()),
            ),
            Reading::Unknown(why) => (Outcome::Unknown, Said::Why(why)),
        };
        let mut may = none.0 == Outcome::Pass;
        tell(report, "isolation-none", took, none)?;
        let (reached, took) = timed(reach_any(way)).await;
        may &= reached.0 == Outcome::Pass;
        tell(report, "collector-before", took, reached)?;
        if let Some(elsewhere) = self.elsewhere {
            let (opened, took) = timed(Flow::open(elsewhere)).await;
            let told = match opened {
                Ok(opened) => {
                    *flow = Some(opened);
                    GOOD
                }
                Err(error) => (Outcome::Fail, because(elsewhere, &error)),
            };
            may &= told.0 == Outcome::Pass;
            tell(report, "elsewhere-before", took, told)?;
        }
        Ok(may)
    }

    async fn isolated(
        &self,
        report: &mut Report,
        way: &Way,
        flow: Option<Flow>,
        guard: Guard,
    ) -> Result<Enforcement, Failure> {
        let began = clock::instant();
        let desired = Desired {
            access: Access::Isolated,
            ..Desired::nothing_ordered()
        };
        let mut enforcer = Enforcer::for_trial(way.clone(), Elsewhere::default());
        let (account, took) = timed(enforcer.reconcile(&desired, clock::now())).await;
        // Whatever cannot be told any more, the isolation is lifted first.
        let told = self.probe(report, &account, took, flow).await;
        let held = if told.is_ok() {
            let left = self
                .span
                .saturating_sub(clock::instant().duration_since(began));
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            Some(timed(enforcer.holds(&desired)).await)
        } else {
            None
        };
        drop(enforcer);
        let (lifted, lifting) = timed(guard.lift()).await;
        told?;
        if let Some((held, took)) = held {
            let changed = Said::Text("self-test-changed", String::new());
            tell(report, "isolation-held", took, wanted(&held, changed))?;
        }
        let (seen, took) = timed(lifted_by(way, lifted)).await;
        tell(
            report,
            "isolation-lifted",
            lifting.saturating_add(took),
            seen,
        )?;
        if let Some(elsewhere) = self.elsewhere {
            let (again, took) = timed(connect(elsewhere)).await;
            let told = match again {
                Ok(_) => GOOD,
                Err(error) => (Outcome::Fail, because(elsewhere, &error)),
            };
            tell(report, "elsewhere-after", took, told)?;
        }
        Ok(account)
    }

    async fn probe(
        &self,
        report: &mut Report,
        account: &Enforcement,
        took: Duration,
        flow: Option<Flow>,
    ) -> io::Result<()> {
        let applied = match &account.applied {
            Reading::Known(Access::Isolated) => GOOD,
            Reading::Unknown(why) => (Outcome::Unknown, Said::Why(why.clone())),
            Reading::Known(_) | Reading::Absent => (
                Outcome::Fail,
                Said::Text("self-test-changed", String::new()),
            ),
        };
        tell(report, "isolation-applied", took, applied)?;
        let reached = account.probes.iter().find(|probe| probe.name == COLLECTOR);
        let reached = reached.map_or(Reading::Unknown(Why::NotAsked), |probe| probe.open.clone());
        let shut = Said::Text("self-test-shut", String::new());
        tell(
            report,
            "collector-meanwhile",
            Duration::ZERO,
            wanted(&reached, shut),
        )?;
        tell(report, "world-meanwhile", Duration::ZERO, world(account))?;
        if let Some(elsewhere) = self.elsewhere {
            let (told, took) = timed(cut_off(elsewhere)).await;
            tell(report, "elsewhere-meanwhile", took, told)?;
        }
        let (within, took) = timed(loopback()).await;
        tell(report, "loopback-meanwhile", took, within)?;
        if let Some(flow) = flow {
            let (told, took) = timed(flow.dies()).await;
            tell(report, "connection-dies", took, told)?;
        }
        Ok(())
    }
}

/// What the enforcer's own probes of the rest of the world say.
fn world(account: &Enforcement) -> Told {
    match &account.verified {
        Reading::Known(Access::Isolated) => GOOD,
        Reading::Unknown(why) => (Outcome::Unknown, Said::Why(why.clone())),
        Reading::Known(_) | Reading::Absent => {
            let open = Reading::Known(true);
            let others = account.probes.iter().filter(|one| one.name != COLLECTOR);
            let names: Vec<_> = others
                .filter(|probe| probe.open == open)
                .map(|probe| probe.name.as_str())
                .collect();
            (
                Outcome::Fail,
                Said::Text("self-test-open", names.join(", ")),
            )
        }
    }
}

async fn lifted_by(way: &Way, lifted: io::Result<()>) -> Told {
    let enforcer = Enforcer::for_trial(way.clone(), Elsewhere::default());
    match (enforcer.observe(clock::now()).await.applied, lifted) {
        (Reading::Known(Access::Full), _) => GOOD,
        (Reading::Unknown(why), _) => (Outcome::Unknown, Said::Why(why)),
        (_, Err(error)) => (
            Outcome::Fail,
            Said::Text("self-test-because", error.to_string()),
        ),
        (_, Ok(())) => (
            Outcome::Fail,
            Said::Text("self-test-already", String::new()),
        ),
    }
}

async fn reach_any(way: &Way) -> Told {
    let mut last = (Outcome::Fail, Said::Nothing);
    for endpoint in &way.collectors {
        let address = SocketAddr::from((endpoint.address, endpoint.port));
        match connect(address).await {
            Ok(_) => return GOOD,
            Err(error) => last.1 = because(address, &error),
        }
    }
    last
}

/// A server that answered before: no answer, or a refusal by this machine, is what is wanted.
async fn cut_off(address: SocketAddr) -> Told {
    match connect(address).await {
        Ok(_) => {
            let said = Said::Text("self-test-open", address.to_string());
            (Outcome::Fail, said)
        }
        // The filters of Windows send no resets: this one came over the network.
        Err(error) if cfg!(windows) && error.kind() == ErrorKind::ConnectionRefused => {
            (Outcome::Fail, because(address, &error))
        }
        Err(_) => GOOD,
    }
}

async fn loopback() -> Told {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address).await else {
            if address.starts_with('[') {
                // A machine without IPv6 has no loopback of it.
                continue;
            }
            let why = Why::Unreadable(format!("nobody can listen at {address}"));
            return (Outcome::Unknown, Said::Why(why));
        };
        if let Err(error) = there_and_back(&listener).await {
            let said = Said::Text("self-test-because", format!("{address}: {error}"));
            return (Outcome::Fail, said);
        }
    }
    GOOD
}

async fn there_and_back(listener: &TcpListener) -> io::Result<()> {
    let address = listener.local_addr()?;
    let (mut here, accepted) = tokio::try_join!(connect(address), within(listener.accept()))?;
    let (mut there, _) = accepted;
    here.write_all(b"beat").await?;
    let mut heard = [0; 4];
    within(there.read_exact(&mut heard)).await?;
    Ok(())
}

/// Opens a connection, or says within some seconds that it cannot be had.
pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    within(TcpStream::connect(address)).await
}

async fn within<T>(tried: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = || io::Error::from(ErrorKind::TimedOut);
    timeout(ANSWER_DEADLINE, tried)
        .await
        .unwrap_or_else(|_| Err(late()))
}

async fn timed<T>(tried: impl Future<Output = T>) -> (T, Duration) {
    let began = clock::instant();
    let done = tried.await;
    (done, clock::instant().duration_since(began))
}

fn tell(report: &mut Report, name: &'static str, took: Duration, told: Told) -> io::Result<()> {
    report.tell(Line::new("isolation", name, took, told))
}

fn because(address: SocketAddr, error: &io::Error) -> Said {
    Said::Text("self-test-because", format!("{address}: {error}"))
}
