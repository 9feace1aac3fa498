//! Brings the kernel's rules to the desired access and tells desired, applied and verified apart.
//!
//! Touches the rules through [`linux`] and the network through [`probe`]. Must never report an
//! access as applied that was not read back, and never change rules that are already right.

use sekisho_policy::order::{Access, Enforcement, Gap, GapKind, Probe};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::linux::links::{self, Link};
use super::linux::nft::NftError;
use super::linux::readback::{Applied, Likeness};
use super::linux::{self, Coverage};
use super::plan::{Ruleset, Way, plan};
use super::probe::{self, Elsewhere};
use super::{Desired, gaps};

/// The one holder of the laptop's isolation.
#[derive(Debug)]
pub struct Enforcer {
    way: Way,
    elsewhere: Elsewhere,
    /// What the kernel turned out to cover; the full plan is tried until it is known.
    coverage: Coverage,
    /// Why it does not cover more.
    lacking: Option<String>,
    /// Why connections that were open before were not ended.
    unended: Option<String>,
    /// What this process brought about or found in force.
    asserted: Option<Asserted>,
    /// What the kernel listed right after we applied a plan that this `nft` words in its own way.
    reworded: Option<Applied>,
    reasserted: u64,
}

/// A plan on the devices that it was laid on.
#[derive(Debug, PartialEq, Eq)]
struct Asserted {
    /// `None` for full access.
    plan: Option<Ruleset>,
    links: Vec<Link>,
}

/// The rules as they are, and the devices there are.
struct Sight {
    actual: Applied,
    links: Vec<Link>,
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
            coverage: Coverage::FULL,
            lacking: None,
            unended: None,
            asserted: None,
            reworded: None,
            reasserted: 0,
        }
    }

    /// Makes one for an isolation that is only tried. The kernel keeps it like any other: whoever tries it sees to it
    /// that it is lifted.
    #[must_use]
    pub const fn for_trial(way: Way, elsewhere: Elsewhere) -> Self {
        Self::new(way, elsewhere)
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
        match self.look().await {
            Ok(sight) => Reading::Known(self.is_in_place(&sight, planned.as_ref())),
            Err(why) => Reading::Unknown(why),
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
        match self.look().await {
            Ok(sight) if self.is_in_place(&sight, planned.as_ref()) => {
                if !self.can_cover_more(planned.as_ref()).await {
                    let refused = Some(sight.actual.counters.tcp);
                    return self.found_in_force(planned, sight.links, refused);
                }
            }
            Ok(sight) => self.count_disturbance(planned.as_ref(), Some(&sight.links)),
            // What cannot be read is replaced as well: a table made unreadable must not stay.
            Err(why) => {
                tracing::warn!(?why, "the firewall could not be read");
                self.count_disturbance(planned.as_ref(), None);
            }
        }
        match self.put_in_force(planned.as_ref()).await {
            Ok(links) => self.read_back(planned, links).await,
            Err(error) => {
                tracing::error!(%error, "the firewall was not changed");
                self.left_alone(error.why()).await
            }
        }
    }

    /// Reads the rules, and then the devices: one that comes in between is seen without its rules, and
    /// not the other way round.
    async fn look(&self) -> Result<Sight, Why> {
        let actual = linux::actual().await.map_err(|error| error.why())?;
        if !self.coverage.frames {
            let links = Vec::new();
            return Ok(Sight { actual, links });
        }
        let links = links::list().await;
        let links = links.map_err(|error| crate::ask::AskError::from(error).why())?;
        Ok(Sight {
            actual: actual.on(&links),
            links,
        })
    }

    fn found_in_force(
        &mut self,
        plan: Option<Ruleset>,
        links: Vec<Link>,
        refused: Option<u64>,
    ) -> Outcome {
        let access = plan.as_ref().map_or(Access::Full, |plan| plan.access);
        self.asserted = Some(Asserted { plan, links });
        Outcome {
            applied: Reading::Known(access),
            refused,
            trouble: None,
        }
    }

    /// Rules that were in force on these very devices and are not: somebody changed them.
    fn count_disturbance(&mut self, planned: Option<&Ruleset>, links: Option<&[Link]>) {
        let ours = self.asserted.as_ref().is_some_and(|ours| {
            ours.plan.as_ref() == planned && links.is_none_or(|links| ours.links == links)
        });
        if ours {
            self.reasserted = self.reasserted.saturating_add(1);
            tracing::warn!(
                count = self.reasserted,
                "somebody changed the isolation's rules"
            );
        }
    }

    async fn can_cover_more(&self, planned: Option<&Ruleset>) -> bool {
        match planned {
            Some(ruleset) if self.coverage != Coverage::FULL => {
                linux::takes_more(ruleset, self.coverage).await
            }
            Some(_) | None => false,
        }
    }

    /// Gives the devices that the rules were laid on.
    async fn put_in_force(&mut self, planned: Option<&Ruleset>) -> Result<Vec<Link>, NftError> {
        match planned {
            Some(ruleset) => {
                let laid = linux::apply(ruleset).await?;
                self.coverage = laid.coverage;
                self.lacking = laid.lacking.filter(|_| laid.coverage != Coverage::FULL);
                // Before the counters are read: what is ended sends a last segment, which is refused.
                self.unended = linux::end_connections(ruleset).await.err();
                Ok(laid.links)
            }
            None => linux::clear().await.map(|()| Vec::new()),
        }
    }

    async fn read_back(&mut self, planned: Option<Ruleset>, mut links: Vec<Link>) -> Outcome {
        let actual = match self.look().await {
            Ok(sight) => {
                // One that has come since is for the next pass, of which its coming is the reason.
                links.retain(|link| sight.links.contains(link));
                sight.actual.on(&links)
            }
            Err(why) => {
                return Outcome {
                    applied: Reading::Unknown(why.clone()),
                    refused: None,
                    trouble: Some(why),
                };
            }
        };
        let ground = self.coverage.ground(&links);
        let likeness = planned
            .as_ref()
            .map(|ruleset| actual.likeness(ruleset, ground));
        // Rules of the right names in the right places, an instant after we wrote them, are ours.
        self.reworded = (likeness == Some(Likeness::Reworded)).then(|| actual.without_counts());
        let refused = Some(actual.counters.tcp);
        let is_right = match likeness {
            Some(likeness) => likeness != Likeness::Different,
            None => actual.is_empty(),
        };
        if !is_right {
            self.asserted = None;
            let why =
                Why::Unreadable("the rules read back are not the ones put in force".to_owned());
            return Outcome {
                applied: Reading::Unknown(why.clone()),
                refused: None,
                trouble: Some(why),
            };
        }
        self.found_in_force(planned, links, refused)
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

    fn is_in_place(&self, sight: &Sight, planned: Option<&Ruleset>) -> bool {
        let Some(ruleset) = planned else {
            return sight.actual.is_empty();
        };
        let ground = self.coverage.ground(&sight.links);
        let same = sight.actual.likeness(ruleset, ground) == Likeness::Same;
        let ours = self.asserted.as_ref();
        let learnt = ours
            .is_some_and(|ours| ours.plan.as_ref() == Some(ruleset) && ours.links == sight.links)
            && self.reworded.as_ref() == Some(&sight.actual.without_counts());
        same || learnt
    }

    /// What the rules in force leave open.
    fn gaps(&self) -> Vec<Gap> {
        match &self.asserted {
            Some(Asserted {
                plan: Some(_),
                links,
            }) => {
                let mut gaps = gaps::of(self.coverage, self.lacking.as_deref(), links);
                gaps.extend(self.unended.clone().map(|detail| Gap {
                    kind: GapKind::OpenConnections,
                    detail,
                }));
                gaps
            }
            Some(_) | None => Vec::new(),
        }
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
            gaps: self.gaps(),
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
