//! What travels between laptops and collector: late, twice, or never.
//!
//! Touches the world. Must never change the order of what travels on one connection: the transport does
//! not.

use tonic::Status;

use sekisho_agent::cycle::{self, Greeting};
use sekisho_agent::link::opened;
use sekisho_agent::link::parcel::message;
use sekisho_policy::id::Sequence;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::message::{FromAgentBody, FromCollector, Hello, PROTOCOL};
use sekisho_proto::wire::{self, from_agent, from_collector};

use crate::laptop::{Laptop, LinkId};
use crate::time::{self, millis};
use crate::world::World;

/// One connection; each way keeps its order.
pub(crate) struct Link {
    pub(crate) laptop: usize,
    up: Way,
    down: Way,
}

#[derive(Default)]
struct Way {
    last: Timestamp,
    /// Nothing passes any more.
    is_cut: bool,
}

impl World {
    pub(crate) fn connect(&mut self, number: usize, greeting: Greeting) {
        self.connections += 1;
        let link = self.connections;
        let (up, down) = (Way::default(), Way::default());
        let laptop = number;
        self.links.insert(link, Link { laptop, up, down });
        let laptop = &mut self.laptops[number];
        if let Some(agent) = &mut laptop.agent {
            agent.link = Some(link);
        }
        if laptop.offline || self.centre.running.is_none() {
            let wait = millis(self.dice.between(1, 20_000));
            return self.plan_loss(link, wait, "the collector cannot be reached");
        }
        let (hello, device) = (hello(laptop, greeting), laptop.device);
        self.send_up(link, "connects", move |world| {
            match &mut world.centre.running {
                Some(running) => {
                    running.connected(link, device);
                    running.hears(link, Ok(hello));
                }
                None => world.tell_end(link, "connection refused".to_owned()),
            }
        });
    }

    /// A laptop says something. A report may come twice, the second time after other things.
    pub(crate) fn say(&mut self, link: LinkId, said: wire::FromAgent) {
        let is_report = matches!(said.body, Some(from_agent::Body::Report(_)));
        let again = (is_report && !self.is_calm && self.dice.chance(3)).then(|| said.clone());
        let hears = move |said| {
            move |world: &mut Self| {
                if let Some(running) = &world.centre.running {
                    running.hears(link, Ok(said));
                }
            }
        };
        self.send_up(link, "is heard", hears(said));
        if let Some(said) = again {
            let wait = millis(self.dice.between(0, 3000));
            self.plan(wait, "repeats", link, move |world| {
                world.send_up(link, "is heard", hears(said));
            });
        }
    }

    pub(crate) fn said(&mut self, link: LinkId, said: wire::FromCollector) {
        let Some(found) = self.links.get(&link) else {
            return;
        };
        let device = self.laptops[found.laptop].device;
        match &said.body {
            Some(from_collector::Body::Ack(ack)) => {
                let store = self.centre.store().as_ref();
                self.truth
                    .acknowledged(store, device, Sequence(ack.sequence));
            }
            // The laptop drops what the collector says that it has.
            Some(from_collector::Body::Welcome(welcome)) if welcome.last_sequence > 0 => {
                let store = self.centre.store().as_ref();
                self.truth
                    .acknowledged(store, device, Sequence(welcome.last_sequence));
            }
            Some(from_collector::Body::Order(_)) => self.stale.push(said.clone()),
            _ => {}
        }
        self.send_down(link, "hears", move |world| world.hears(link, said));
    }

    /// The collector has ended a stream.
    pub(crate) fn tell_end(&mut self, link: LinkId, why: String) {
        self.send_down(link, "hears the end", move |world| world.lost(link, &why));
    }

    /// Something comes to the laptop at the end of a connection, if it still listens.
    pub(crate) fn hears(&mut self, link: LinkId, said: wire::FromCollector) {
        let Some(number) = self.listener(link) else {
            return;
        };
        let laptop = &mut self.laptops[number];
        let said = FromCollector::try_from(said).expect("the collector is well-formed");
        let what = opened(said.body, &[*self.centre.keys.orders.public_key()])
            .expect("both sides are of one version");
        let is_order = matches!(what, cycle::Heard::Order { .. });
        let wishes = laptop.tell(cycle::Event::Heard { at: said.at, what });
        if is_order {
            self.truth.ordered(laptop);
        }
        self.grant(number, wishes);
    }

    fn listener(&self, link: LinkId) -> Option<usize> {
        let number = self.links.get(&link)?.laptop;
        let agent = self.laptops[number].agent.as_ref()?;
        (agent.link == Some(link)).then_some(number)
    }

    /// A laptop learns that its connection is gone.
    fn lost(&mut self, link: LinkId, why: &str) {
        if let Some(found) = self.links.get_mut(&link) {
            found.down.is_cut = true;
        }
        let Some(number) = self.listener(link) else {
            return;
        };
        let laptop = &mut self.laptops[number];
        if let Some(agent) = &mut laptop.agent {
            agent.link = None;
        }
        let (why, retry_after) = (why.to_owned(), None);
        let wishes = laptop.tell(cycle::Event::Broken { why, retry_after });
        self.grant(number, wishes);
    }

    pub(crate) fn plan_loss(&mut self, link: LinkId, wait: Span, why: &'static str) {
        self.plan(wait, "loses its link", link, move |world| {
            world.lost(link, why)
        });
    }

    /// The collector learns that a connection is gone.
    pub(crate) fn plan_end(&mut self, link: LinkId, wait: Span) {
        self.plan(wait, "is gone", link, move |world| world.gone(link));
    }

    fn gone(&mut self, link: LinkId) {
        if let Some(running) = &self.centre.running {
            running.hears(link, Err(Status::cancelled("the connection was reset")));
        }
    }

    /// A laptop gives a connection up: what it said still arrives, and then the end.
    pub(crate) fn hang_up(&mut self, link: LinkId) {
        self.cut(link, false, true);
        self.send_up(link, "is gone", move |world| world.gone(link));
    }

    /// Cuts a connection, one way or both.
    pub(crate) fn cut(&mut self, link: LinkId, up: bool, down: bool) {
        if let Some(found) = self.links.get_mut(&link) {
            found.up.is_cut |= up;
            found.down.is_cut |= down;
        }
    }

    fn send_up(&mut self, link: LinkId, name: &'static str, act: impl FnOnce(&mut Self) + 'static) {
        let latency = millis(self.dice.between(1, 150));
        let Some(found) = self.links.get_mut(&link) else {
            return;
        };
        let wait = found.up.arrives_after(latency);
        self.plan(wait, name, link, move |world| {
            if world.links.get(&link).is_some_and(|link| !link.up.is_cut) {
                act(world);
            }
        });
    }

    fn send_down(
        &mut self,
        link: LinkId,
        name: &'static str,
        act: impl FnOnce(&mut Self) + 'static,
    ) {
        let latency = millis(self.dice.between(1, 150));
        let Some(found) = self.links.get_mut(&link) else {
            return;
        };
        let wait = found.down.arrives_after(latency);
        self.plan(wait, name, link, move |world| {
            if world.links.get(&link).is_some_and(|link| !link.down.is_cut) {
                act(world);
            }
        });
    }
}

/// What a laptop says first.
pub(crate) fn hello(laptop: &Laptop, greeting: Greeting) -> wire::FromAgent {
    let hello = FromAgentBody::Hello(Hello {
        protocol: PROTOCOL,
        agent_version: "1.0.0".to_owned(),
        device: laptop.device,
        marks: laptop.marks(),
        thread: greeting.thread,
        policy: greeting.policy,
        generation: greeting.generation,
    });
    message(laptop.now().wall, hello)
}

impl Way {
    /// How long something takes that is sent at this moment: it does not arrive before what was sent
    /// earlier.
    fn arrives_after(&mut self, latency: Span) -> Span {
        self.last = time::now().after(latency).max(self.last);
        self.last.since(time::now())
    }
}
