//! Isolation on Windows: filters of a provider of our own in the Windows Filtering Platform, and rules in Hyper-V's own
//! firewall for what sends below them.
//!
//! Touches the filters through [`Platform`], those rules through [`Guests`] and the network through [`probe`]. Must never report an access as applied that
//! was not read back, and never keep the agent's loop waiting for the platform.
//!
//! What decides is in `filters`, which runs on every system; here the platform is opened, on a thread that may wait.

mod gaps;
mod guests;
pub mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use sekisho_policy::order::{Access, Enforcement, Gap, Probe};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use windows_registry::LOCAL_MACHINE;

use super::Desired;
use super::filters::keep::{self, Known, Outcome};
use super::filters::objects::{Names, ORDERED, TRIED};
use super::guests::Standing;
use super::plan::{Ruleset, Way, plan};
use super::probe::{self, Elsewhere};
use crate::wfp::Refused;
use crate::win::wfp::Platform;
use guests::Guests;

/// Where Windows counts its starts.
const STARTS: &str =
    r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";

/// The one holder of the laptop's isolation.
#[derive(Debug)]
pub struct Enforcer {
    way: Way,
    elsewhere: Elsewhere,
    names: Names,
    hold: Arc<Mutex<Hold>>,
    guests: Arc<Guests>,
}

/// What passes share.
#[derive(Debug, Default)]
struct Hold {
    known: Known,
    /// Kept open where the filters shall end with it.
    platform: Option<Platform>,
}

impl Enforcer {
    /// Makes an enforcer that leaves this way open whatever is ordered, and probes `elsewhere`. Changes nothing.
    #[must_use]
    pub fn new(way: Way, elsewhere: Elsewhere) -> Self {
        Self::of(way, elsewhere, ORDERED)
    }

    /// Makes one whose isolation ends with it, also when the program dies.
    #[must_use]
    pub fn for_trial(way: Way, elsewhere: Elsewhere) -> Self {
        Self::of(way, elsewhere, TRIED)
    }

    fn of(way: Way, elsewhere: Elsewhere, names: Names) -> Self {
        Self {
            way,
            elsewhere,
            names,
            hold: Arc::default(),
            guests: Arc::default(),
        }
    }

    /// Leaves another way open from the next pass on.
    pub fn set_way(&mut self, way: Way) {
        self.way = way;
    }

    /// Reads the filters and tells whether they are the ones desired. Changes none and probes nothing.
    pub async fn holds(&self, desired: &Desired) -> Reading<bool> {
        let planned = match self.planned(desired) {
            Ok(planned) => planned,
            Err(why) => return Reading::Unknown(why),
        };
        let names = self.names;
        let held = self.pass(move |known, platform| known.holds(platform, names, planned.as_ref()));
        let held = held.await.unwrap_or_else(Reading::Unknown);
        let is_cut_off = desired.in_force() != Access::Full;
        if held == Reading::Known(true) && is_cut_off && !self.guests.still_blocks().await {
            return Reading::Known(false);
        }
        held
    }

    /// Reads the filters, changes them where they differ, reads them back, and probes.
    pub async fn reconcile(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        let outcome = self.enforce(desired).await;
        let access = desired.in_force();
        let (met, guests) = tokio::join!(
            probe::probe(access, &self.way.collectors, self.elsewhere),
            self.keep_guests(access),
        );
        // The filters send no resets: one that came back is somebody else's.
        let mut probes = met.settled(Some(0));
        let verified = probe::verdict(access, &probes);
        probes.extend(outcome.trouble.map(|why| told("apply", why)));
        probes.extend(guests);
        self.report(desired, outcome.applied, verified, probes, now)
    }

    /// The same without probes, for the time before there is a network.
    pub async fn reconcile_unprobed(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        let outcome = self.enforce(desired).await;
        let trouble = outcome.trouble.map(|why| told("apply", why));
        let verified = Reading::Unknown(Why::NotAsked);
        let mut probes: Vec<_> = trouble.into_iter().collect();
        // Rules that block are there since before the start; who asks here to be free will not come again.
        if desired.in_force() == Access::Full {
            probes.extend(self.keep_guests(Access::Full).await);
        }
        self.report(desired, outcome.applied, verified, probes, now)
    }

    /// Tells what the platform holds, by the name its sublayer carries, and changes nothing. The desired access is
    /// given as the one found, since none is known.
    pub async fn observe(&self, now: Timestamp) -> Enforcement {
        let applied = self.pass(|_, platform| keep::observe(platform)).await;
        let applied = applied.unwrap_or_else(Reading::Unknown);
        let desired = Desired {
            access: applied.known().copied().unwrap_or(Access::Full),
            ..Desired::nothing_ordered()
        };
        let verified = Reading::Unknown(Why::NotAsked);
        self.report(&desired, applied, verified, Vec::new(), now)
    }

    /// Holds what sends below the filters to the same access; gives what kept it from that. A trial leaves it alone:
    /// those rules outlive the program.
    async fn keep_guests(&self, access: Access) -> Option<Probe> {
        if !self.names.last() {
            return None;
        }
        match self.guests.keep(access != Access::Full).await {
            Standing::NoFirewall | Standing::Blocks | Standing::Free => None,
            Standing::Weakened(rule) => {
                Some(Why::Unreadable(format!("\"{rule}\" is not in force")))
            }
            Standing::Unknown(why) => Some(Why::Unreadable(why)),
        }
        .map(|why| told("guests", why))
    }

    /// Tells how Hyper-V's own firewall stands. Changes nothing.
    pub async fn guests(&self) -> Standing {
        self.guests.look().await
    }

    async fn enforce(&self, desired: &Desired) -> Outcome {
        let untouched = |why: Why| Outcome {
            applied: Reading::Unknown(why.clone()),
            trouble: Some(why),
        };
        let planned: Option<Ruleset> = match self.planned(desired) {
            Ok(planned) => planned,
            Err(why) => {
                let applied = self.observe(Timestamp(0)).await.applied;
                // Of filters that are there it is not known that they are the ones desired.
                let known = applied.known() == Some(&Access::Full);
                let applied = if known {
                    applied
                } else {
                    Reading::Unknown(why.clone())
                };
                let trouble = Some(why);
                return Outcome { applied, trouble };
            }
        };
        let names = self.names;
        let outcome =
            self.pass(move |known, platform| known.enforce(platform, names, planned.as_ref()));
        outcome.await.unwrap_or_else(untouched)
    }

    /// Does something with the platform, on a thread that may wait for it.
    async fn pass<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Known, &mut Platform) -> T + Send + 'static,
    ) -> Result<T, Why> {
        let (hold, names) = (Arc::clone(&self.hold), self.names);
        let done = tokio::task::spawn_blocking(move || {
            let mut hold = hold.lock().unwrap_or_else(PoisonError::into_inner);
            hold.with_platform(names, work)
        });
        match done.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(refused)) => Err(keep::why(&refused)),
            Err(_broken) => Err(Why::Unreadable(
                "the pass over the filters broke off".to_owned(),
            )),
        }
    }

    fn planned(&self, desired: &Desired) -> Result<Option<Ruleset>, Why> {
        let mut way = self.way.clone();
        way.allow.extend(desired.allow.iter().copied());
        plan(desired.in_force(), &way).map_err(|error| Why::Unsupported(error.to_string()))
    }

    fn report(
        &self,
        desired: &Desired,
        applied: Reading<Access>,
        verified: Reading<Access>,
        probes: Vec<Probe>,
        now: Timestamp,
    ) -> Enforcement {
        let (reasserted, gaps) = self.told();
        Enforcement {
            desired: (desired.generation, desired.access),
            applied,
            verified,
            probes,
            observed_at: now,
            lifted_until: desired.lifted_until,
            reasserted,
            gaps,
            refused: 0,
            last_refused: None,
        }
    }

    fn told(&self) -> (u64, Vec<Gap>) {
        let hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        let gaps = if hold.known.is_cut_off() {
            gaps::of(self.guests.known().as_ref())
        } else {
            Vec::new()
        };
        (hold.known.reasserted, gaps)
    }
}

impl Hold {
    fn with_platform<T>(
        &mut self,
        names: Names,
        work: impl FnOnce(&mut Known, &mut Platform) -> T,
    ) -> Result<T, Refused> {
        let open = || Platform::open(names.provider, names.sublayer, names.last());
        let mut platform = self.platform.take().map_or_else(open, Ok)?;
        let done = work(&mut self.known, &mut platform);
        if !names.last() {
            self.platform = Some(platform);
        }
        Ok(done)
    }
}

fn told(name: &str, why: Why) -> Probe {
    Probe {
        name: name.to_owned(),
        open: Reading::Unknown(why),
    }
}

/// The name of this start of the system: its number. Empty where Windows does not count.
#[must_use]
pub fn boot_id() -> String {
    let number = LOCAL_MACHINE
        .open(STARTS)
        .and_then(|key| key.get_u32("BootId"));
    number.map_or_else(|_| String::new(), |number| number.to_string())
}

/// Filters ask for a program, and not for a user.
#[must_use]
pub const fn own_user() -> Option<u32> {
    None
}
