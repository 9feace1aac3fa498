//! The firewall as the loop holds it: at work on a task of its own, or switched off.
//!
//! Touches the enforcer. Must never be touched by two tasks at once, and never report as enforced what
//! the configuration forbids to enforce.

use std::net::IpAddr;

use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Endpoint, Enforcement, Gap, GapKind};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::turns::Turn;
use super::{Message, Shell, recall};
use crate::clock;
use crate::config::Config;
use crate::cycle::order::Held;
use crate::cycle::{Desire, Event};
use crate::enforce::plan::Way;
use crate::enforce::probe::Elsewhere;
use crate::enforce::{Desired, Enforcer, boot, own_user, watch};
use crate::identity::{Identity, IdentityError};
use crate::memory::Memory;
use crate::paths::Paths;

/// The firewall of this machine; `None` inside when the configuration forbids to touch it.
#[derive(Debug)]
pub(super) struct Firewall(Option<Enforcer>);

impl Firewall {
    pub(super) fn new(enforce: bool, identity: &Identity, known: &[IpAddr]) -> Self {
        Self(enforce.then(|| Enforcer::new(way_to(identity, known), Elsewhere::default())))
    }

    /// Leaves the way to the collector open at these addresses.
    pub(super) fn way(&mut self, identity: &Identity, known: &[IpAddr]) {
        if let Some(enforcer) = &mut self.0 {
            enforcer.set_way(way_to(identity, known));
        }
    }

    async fn reconcile(&mut self, desire: &Desire, now: Timestamp) -> Enforcement {
        let desired = desired(desire);
        match &mut self.0 {
            Some(enforcer) => enforcer.reconcile(&desired, now).await,
            None => switched_off(&desired, now),
        }
    }

    /// Whether the rules are known to be the ones desired.
    async fn holds(&self, desire: &Desire) -> bool {
        match &self.0 {
            Some(enforcer) => enforcer.holds(&desired(desire)).await == Reading::Known(true),
            None => true,
        }
    }
}

impl Shell {
    /// Holds the firewall against what is desired, at once or as soon as it is back; the account is told
    /// to the loop.
    pub(super) fn reconcile(&mut self, desire: Desire) {
        self.firewall.want(desire);
        self.take_turn();
    }

    /// Somebody touched the rules. The agent's own changes are told as well, so it looks first.
    pub(super) fn disturbed(&mut self) {
        self.firewall.touched();
        self.take_turn();
    }

    /// Takes the firewall back after it was held against what was desired.
    pub(super) fn reconciled(&mut self, firewall: Firewall, mut account: Enforcement) {
        self.firewall.back(firewall);
        for (kind, trouble) in [
            (GapKind::Configuration, &self.config_trouble),
            (GapKind::Upgrade, &self.upgrade_trouble),
        ] {
            account.gaps.extend(trouble.iter().map(|why| Gap {
                kind,
                detail: why.clone(),
            }));
        }
        self.happened(Event::Reconciled(account));
        self.take_turn();
    }

    /// Takes the firewall back after a look at it.
    pub(super) fn looked(&mut self, firewall: Firewall, holds: bool) {
        self.firewall.back(firewall);
        // What is wanted by now is put in force whatever the look found.
        if !holds && !self.firewall.is_wanted() {
            tracing::warn!("the isolation's rules are not as they shall be; they are put back");
            self.happened(Event::Disturbed);
        }
        self.take_turn();
    }

    /// Does what waits for the firewall, if it is here.
    fn take_turn(&mut self) {
        match self.firewall.next() {
            None => {}
            Some(Turn::Reconcile(mut firewall, desire)) => {
                firewall.way(&self.identity, &self.known);
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    let account = firewall.reconcile(&desire, clock::now()).await;
                    let done = Message::Reconciled(Box::new((firewall, account)));
                    // Nobody listens any more when the agent is ending.
                    let _ = tell.send(done).await;
                });
            }
            Some(Turn::Look(firewall)) => {
                let Some(desire) = self.cycle.desire(super::now()) else {
                    // What the order was cannot be read: there is nothing to compare with.
                    self.firewall.back(firewall);
                    return;
                };
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    let holds = firewall.holds(&desire).await;
                    // Nobody listens any more when the agent is ending.
                    let _ = tell.send(Message::Looked(Box::new(firewall), holds)).await;
                });
            }
        }
    }
}

/// What came of putting the remembered order in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtBoot {
    /// There is no identity, so there can be no order.
    NotEnrolled,
    /// The configuration forbids to touch the firewall.
    SwitchedOff,
    /// The firewall was read back, and is as ordered.
    InForce(Access),
    /// There is an order and it cannot be read. The firewall stays as it was.
    Damaged {
        /// What is wrong with it.
        why: String,
        /// What the firewall shows.
        shown: Reading<Access>,
    },
    /// The firewall is not as ordered.
    NotAsOrdered {
        /// What was ordered.
        ordered: Access,
        /// What it shows.
        shown: Reading<Access>,
    },
}

/// Puts the remembered order in force once, before there is a network.
///
/// # Errors
/// A damaged identity.
pub async fn enforce_at_boot(paths: &Paths, config: &Config) -> anyhow::Result<AtBoot> {
    let identity = match Identity::load(paths) {
        Ok(identity) => identity,
        Err(IdentityError::NotEnrolled) => return Ok(AtBoot::NotEnrolled),
        Err(error) => return Err(error.into()),
    };
    let memory = Memory::new(&paths.memory_dir(), identity.device);
    let recalled = recall::recall(&memory, &identity, config)?;
    let mut firewall = Firewall::new(config.enforce, &identity, &recalled.known);
    let Some(enforcer) = &mut firewall.0 else {
        return Ok(AtBoot::SwitchedOff);
    };
    let desired = match recalled.start.order {
        // The network is not up: whether an end that was not noted has come is for the running agent to say.
        Held::Order(held) => desired(&Desire {
            ended: held.ended,
            order: Some(held.order),
            lifted_until: recalled.start.lifted_until,
        }),
        Held::Nothing => Desired::nothing_ordered(),
        Held::Damaged(why) => {
            let held = boot::Held::Unreadable(why.clone());
            let account = boot::assert_at_boot(enforcer, held, clock::now()).await;
            let shown = account.applied;
            return Ok(AtBoot::Damaged { why, shown });
        }
    };
    let ordered = desired.in_force();
    let held = boot::Held::Desired(desired);
    let account = boot::assert_at_boot(enforcer, held, clock::now()).await;
    Ok(match account.applied {
        Reading::Known(applied) if applied == ordered => AtBoot::InForce(applied),
        shown @ (Reading::Known(_) | Reading::Absent | Reading::Unknown(_)) => {
            AtBoot::NotAsOrdered { ordered, shown }
        }
    })
}

/// The way to the collector that an isolation would leave open; `None` where there is no identity.
///
/// # Errors
/// A damaged identity.
pub fn way_to_collector(paths: &Paths, config: &Config) -> anyhow::Result<Option<Way>> {
    let identity = match Identity::load(paths) {
        Ok(identity) => identity,
        Err(IdentityError::NotEnrolled) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let memory = Memory::new(&paths.memory_dir(), identity.device);
    let recalled = recall::recall(&memory, &identity, config)?;
    Ok(Some(way_to(&identity, &recalled.known)))
}

/// The collector's addresses, by both of its ports: a certificate that has ended is renewed at the
/// other.
fn way_to(identity: &Identity, known: &[IpAddr]) -> Way {
    let place = &identity.collector;
    let fixed = place.host.parse().ok();
    let addresses = known.iter().copied().chain(fixed);
    let ports = [place.agent_port, place.enrol_port];
    let collectors = addresses
        .flat_map(|address| ports.map(|port| Endpoint::tcp(address, port)))
        .collect();
    Way {
        collectors,
        owner: own_user(),
        ..Way::default()
    }
}

fn desired(desire: &Desire) -> Desired {
    match &desire.order {
        None => Desired::nothing_ordered(),
        Some(order) => {
            let access = if desire.ended {
                Access::Full
            } else {
                order.access
            };
            Desired::of(order, access, desire.lifted_until)
        }
    }
}

fn switched_off(desired: &Desired, now: Timestamp) -> Enforcement {
    let off = || Why::Unsupported("switched off in the configuration".to_owned());
    let what: (Generation, Access) = (desired.generation, desired.access);
    Enforcement {
        desired: what,
        applied: Reading::Unknown(off()),
        verified: Reading::Unknown(off()),
        probes: Vec::new(),
        observed_at: now,
        lifted_until: desired.lifted_until,
        reasserted: 0,
        gaps: Vec::new(),
        refused: 0,
        last_refused: None,
    }
}

/// A watch over the rules, while there are any to watch.
pub(super) struct Watch(Option<watch::Watch>);

impl Watch {
    /// A watch that opens when it is first waited for.
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Waits until somebody touches the rules.
    pub(super) async fn disturbed(&mut self) {
        let watch = self.0.get_or_insert_with(|| {
            let (watch, error) = watch::Watch::open();
            if let Some(error) = error {
                tracing::warn!(
                    error = super::chain(&error),
                    "the firewall is looked at instead"
                );
            }
            watch
        });
        watch.changed().await;
    }

    /// Gives the watch up while there is nothing to watch.
    pub(super) fn close(&mut self) {
        self.0 = None;
    }
}
