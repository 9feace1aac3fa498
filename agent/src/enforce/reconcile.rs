//! Brings the kernel's rules to the desired access and tells desired, applied and verified apart.
//!
//! Touches the rules through [`linux`] and the network through [`probe`]. Must never report an
//! access as applied that was not read back, and never change rules that are already right.

use sekisho_policy::order::{Access, Enforcement, Probe};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::Desired;
use super::linux::nft::NftError;
use super::linux::readback::{Applied, Likeness};
use super::linux::{self, Coverage};
use super::plan::{Ruleset, Way, plan};
use super::probe::{self, Elsewhere};

/// The one holder of the laptop's isolation.
#[derive(Debug)]
pub struct Enforcer {
    way: Way,
    elsewhere: Elsewhere,
    /// What the kernel turned out to cover; the full plan is tried until it is known.
    coverage: Coverage,
    /// The plan this process brought about or found in force, `None` within for full access.
    asserted: Option<Option<Ruleset>>,
    /// What the kernel listed right after we applied a plan that this `nft` words in its own way.
    reworded: Option<Applied>,
    reasserted: u64,
}

/// What a pass over the rules came to.
struct Outcome {
    applied: Reading<Access>,
    /// Refused packets until the read-back; `None` when there was none.
    refused: Option<u64>,
    trouble: Option<Why>,
}

impl Enforcer {
    /// Makes an enforcer that leaves this way open whatever is ordered, and probes `elsewhere`.
    /// Changes nothing.
    #[must_use]
    pub const fn new(way: Way, elsewhere: Elsewhere) -> Self {
        Self {
            way,
            elsewhere,
            coverage: Coverage { bridge: true },
            asserted: None,
            reworded: None,
            reasserted: 0,
        }
    }

    /// Leaves another way open from the next pass on.
    pub fn set_way(&mut self, way: Way) {
        self.way = way;
    }

    /// Reads the rules and tells whether they are the ones desired. Changes and probes nothing.
    pub async fn holds(&self, desired: &Desired) -> Reading<bool> {
        let planned = match self.planned(desired) {
            Ok(planned) => planned,
            Err(why) => return Reading::Unknown(why),
        };
        match linux::actual().await {
            Ok(actual) => Reading::Known(self.is_in_place(&actual, planned.as_ref())),
            Err(error) => Reading::Unknown(error.why()),
        }
    }

    /// Reads the rules, changes them where they differ, reads them back, and probes.
    pub async fn reconcile(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        let outcome = self.enforce(desired).await;
        let access = desired.in_force();
        let met = probe::probe(access, &self.way.collectors, self.elsewhere).await;
        let refused_since = match outcome.refused {
            Some(before) if met.has_resets() => refused_since(before).await,
            Some(_) | None => None,
        };
        let mut probes = met.settled(refused_since);
        let verified = probe::verdict(access, &probes);
        if access != Access::Full && !self.coverage.bridge {
            probes.push(told("bridge", Why::Unsupported(
                "the kernel has no firewall tables for bridges; virtual machines bridged through this laptop are not cut off".to_owned(),
            )));
        }
        if let Some(why) = &outcome.trouble {
            probes.push(told("apply", why.clone()));
        }
        self.report(desired, outcome.applied, verified, probes, now)
    }

    /// The same without probes, for the time before there is a network.
    pub async fn reconcile_unprobed(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        let outcome = self.enforce(desired).await;
        let trouble = outcome.trouble.map(|why| told("apply", why));
        let verified = Reading::Unknown(Why::NotAsked);
        let probes = trouble.into_iter().collect();
        self.report(desired, outcome.applied, verified, probes, now)
    }

    /// Tells what the kernel holds, by the name its tables carry, and changes nothing. The desired
    /// access is given as the one found, since none is known.
    pub async fn observe(&self, now: Timestamp) -> Enforcement {
        let applied = match linux::actual().await {
            Ok(actual) if actual.is_empty() => Reading::Known(Access::Full),
            Ok(actual) => match actual.named_access() {
                Some(access) => Reading::Known(access),
                None => Reading::Unknown(Why::Unreadable(
                    "the isolation's tables carry no name of an access".to_owned(),
                )),
            },
            Err(error) => Reading::Unknown(error.why()),
        };
        let desired = Desired {
            access: applied.known().copied().unwrap_or(Access::Full),
            ..Desired::nothing_ordered()
        };
        let verified = Reading::Unknown(Why::NotAsked);
        self.report(&desired, applied, verified, Vec::new(), now)
    }

    async fn enforce(&mut self, desired: &Desired) -> Outcome {
        let planned = match self.planned(desired) {
            Ok(planned) => planned,
            Err(why) => return self.left_alone(why).await,
        };
        match linux::actual().await {
            Ok(before) if self.is_in_place(&before, planned.as_ref()) => {
                let access = planned.as_ref().map_or(Access::Full, |plan| plan.access);
                self.asserted = Some(planned);
                return Outcome {
                    applied: Reading::Known(access),
                    refused: Some(before.counters.tcp),
                    trouble: None,
                };
            }
            Ok(_) => {}
            // What cannot be read is replaced as well: a table made unreadable must not stay.
            Err(error) => tracing::warn!(%error, "the firewall could not be read"),
        }
        if self.asserted.as_ref() == Some(&planned) {
            self.reasserted = self.reasserted.saturating_add(1);
            tracing::warn!(
                count = self.reasserted,
                "somebody changed the isolation's rules"
            );
        }
        match self.put_in_force(planned.as_ref()).await {
            Ok(()) => self.read_back(planned).await,
            Err(error) => {
                tracing::error!(%error, "the firewall was not changed");
                self.left_alone(error.why()).await
            }
        }
    }

    async fn put_in_force(&mut self, planned: Option<&Ruleset>) -> Result<(), NftError> {
        match planned {
            Some(ruleset) => self.coverage = linux::apply(ruleset).await?,
            None => linux::clear().await?,
        }
        Ok(())
    }

    async fn read_back(&mut self, planned: Option<Ruleset>) -> Outcome {
        let actual = match linux::actual().await {
            Ok(actual) => actual,
            Err(error) => {
                return Outcome {
                    applied: Reading::Unknown(error.why()),
                    refused: None,
                    trouble: Some(error.why()),
                };
            }
        };
        let likeness = planned
            .as_ref()
            .map(|ruleset| actual.likeness(ruleset, self.coverage.bridge));
        // Rules of the right names in the right places, an instant after we wrote them, are ours.
        self.reworded = (likeness == Some(Likeness::Reworded)).then(|| actual.without_counts());
        self.asserted = Some(planned.clone());
        if !self.is_in_place(&actual, planned.as_ref()) {
            self.asserted = None;
            let why =
                Why::Unreadable("the rules read back are not the ones put in force".to_owned());
            return Outcome {
                applied: Reading::Unknown(why.clone()),
                refused: None,
                trouble: Some(why),
            };
        }
        let access = planned.as_ref().map_or(Access::Full, |plan| plan.access);
        Outcome {
            applied: Reading::Known(access),
            refused: Some(actual.counters.tcp),
            trouble: None,
        }
    }

    /// Nothing was changed: tells what is there all the same.
    async fn left_alone(&self, why: Why) -> Outcome {
        let applied = match linux::actual().await {
            Ok(actual) if actual.is_empty() => Reading::Known(Access::Full),
            Ok(_) => Reading::Unknown(why.clone()),
            Err(error) => Reading::Unknown(error.why()),
        };
        Outcome {
            applied,
            refused: None,
            trouble: Some(why),
        }
    }

    fn planned(&self, desired: &Desired) -> Result<Option<Ruleset>, Why> {
        let mut way = self.way.clone();
        way.allow.extend(desired.allow.iter().copied());
        plan(desired.in_force(), &way).map_err(|error| Why::Unsupported(error.to_string()))
    }

    fn is_in_place(&self, actual: &Applied, planned: Option<&Ruleset>) -> bool {
        let Some(ruleset) = planned else {
            return actual.is_empty();
        };
        let same = actual.likeness(ruleset, self.coverage.bridge) == Likeness::Same;
        let learnt = self.asserted.as_ref().and_then(Option::as_ref) == Some(ruleset)
            && self.reworded.as_ref() == Some(&actual.without_counts());
        same || learnt
    }

    fn report(
        &self,
        desired: &Desired,
        applied: Reading<Access>,
        verified: Reading<Access>,
        probes: Vec<Probe>,
        now: Timestamp,
    ) -> Enforcement {
        Enforcement {
            desired: (desired.generation, desired.access),
            applied,
            verified,
            probes,
            observed_at: now,
            lifted_until: desired.lifted_until,
            reasserted: self.reasserted,
            gaps: Vec::new(),
            refused: 0,
            last_refused: None,
        }
    }
}

/// TCP segments refused since the counter stood at `before`; `None` when that cannot be read, or
/// the rules were replaced in between.
async fn refused_since(before: u64) -> Option<u64> {
    let actual = linux::actual().await.ok()?;
    actual.counters.tcp.checked_sub(before)
}

fn told(name: &str, why: Why) -> Probe {
    Probe {
        name: name.to_owned(),
        open: Reading::Unknown(why),
    }
}
