//! The simulated world: what happens is taken from one row of events in the order of their times, and
//! everything that follows from it is done before the next.
//!
//! Touches the folders of its laptops and its collector. Must never draw a number but from its dice.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use sekisho_agent::cycle;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::wire;
use sekisho_tests::dice::Dice;
use sekisho_tests::store_load::lane_id;

use crate::centre::{Centre, Deed};
use crate::laptop::{Laptop, LinkId, Wish};
use crate::machine;
use crate::network::Link;
use crate::time::{self, millis, secs};
use crate::truth::Truth;

/// Events told when a story fails.
const TOLD_MAX: usize = 60;

/// Something that will happen: its name, to whom, and what it does.
struct Event {
    name: &'static str,
    to: u64,
    happens: Box<dyn FnOnce(&mut World)>,
}

/// The world.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) laptops: Vec<Laptop>,
    pub(crate) centre: Centre,
    pub(crate) links: BTreeMap<LinkId, Link>,
    pub(crate) truth: Truth,
    /// No more trouble is made.
    pub(crate) is_calm: bool,
    /// Groups of writes that will be refused.
    pub(crate) refusals: u64,
    /// Orders that were under way once, and may come again.
    pub(crate) stale: Vec<wire::FromCollector>,
    /// How often each kind of event has happened.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// A digest of all that happened.
    pub(crate) story: u64,
    row: BTreeMap<(Timestamp, u64), Event>,
    planned: u64,
    pub(crate) connections: LinkId,
    commit_is_planned: bool,
    told: VecDeque<(Timestamp, &'static str, u64)>,
}

impl World {
    /// A collector and so many laptops that will be switched on within a minute.
    pub(crate) fn new(dir: &Path, count: u32, seed: u64) -> Self {
        time::set(time::BEGINNING);
        let centre = Centre::new(&dir.join("collector"));
        let order_key = *centre.keys.orders.public_key();
        let laptop = |number| Laptop::new(dir, number, lane_id(number), order_key);
        let laptops: Vec<_> = (0..count).map(laptop).collect();
        for (laptop, number) in laptops.iter().zip(0..) {
            centre.knows(laptop, number);
        }
        let mut world = Self {
            dice: Dice::new(seed),
            laptops,
            centre,
            links: BTreeMap::new(),
            truth: Truth::default(),
            is_calm: false,
            refusals: 0,
            stale: Vec::new(),
            counts: BTreeMap::new(),
            story: 0,
            row: BTreeMap::new(),
            planned: 0,
            connections: 0,
            commit_is_planned: false,
            told: VecDeque::new(),
        };
        for number in 0..world.laptops.len() {
            let wait = millis(world.dice.between(0, 60_000));
            world.plan_for(number, wait, "boots", Self::boots);
        }
        world
    }

    /// Lets so much time pass.
    pub(crate) fn pass(&mut self, span: Span) {
        let end = time::now().after(span);
        while let Some(first) = self.row.first_entry().filter(|first| first.key().0 <= end) {
            let ((at, _), event) = first.remove_entry();
            time::set(at);
            *self.counts.entry(event.name).or_default() += 1;
            let letters = event.name.bytes().fold(event.to, |sum, letter| {
                sum.wrapping_mul(31).wrapping_add(letter.into())
            });
            self.story =
                Dice::new(self.story ^ at.0.unsigned_abs().rotate_left(20) ^ letters).roll();
            self.told.push_back((at, event.name, event.to));
            if self.told.len() > TOLD_MAX {
                self.told.pop_front();
            }
            (event.happens)(self);
            self.settle();
        }
        time::set(end);
    }

    /// Has something happen after so long.
    pub(crate) fn plan(
        &mut self,
        wait: Span,
        name: &'static str,
        to: u64,
        happens: impl FnOnce(&mut Self) + 'static,
    ) {
        self.planned += 1;
        let at = time::now().after(Span(wait.0.max(0)));
        let happens = Box::new(happens);
        self.row
            .insert((at, self.planned), Event { name, to, happens });
    }

    /// Has something happen to a laptop after so long.
    pub(crate) fn plan_for(
        &mut self,
        number: usize,
        wait: Span,
        name: &'static str,
        happens: impl FnOnce(&mut Self, usize) + 'static,
    ) {
        let to = u64::try_from(number).expect("a small number");
        self.plan(wait, name, to, move |world| happens(world, number));
    }

    /// The same, unless its agent is started anew before.
    fn plan_in_this_life(
        &mut self,
        number: usize,
        wait: Span,
        name: &'static str,
        happens: impl FnOnce(&mut Laptop) -> Vec<Wish> + 'static,
    ) {
        let life = self.laptops[number].life;
        self.plan_for(number, wait, name, move |world, number| {
            let laptop = &mut world.laptops[number];
            if laptop.life == life {
                let wishes = happens(laptop);
                world.grant(number, wishes);
            }
        });
    }

    /// Lets the collector work until it waits for something.
    fn settle(&mut self) {
        loop {
            let running = self.centre.running.as_mut();
            let Some(deeds) = running.and_then(|running| running.step()) else {
                break;
            };
            for deed in deeds {
                match deed {
                    Deed::Said(link, said) => self.said(link, said),
                    Deed::Ended(link, why) => self.tell_end(link, why),
                    Deed::Answered(outcome) => self.truth.answered(outcome),
                }
            }
        }
        let running = self.centre.running.as_ref();
        if running.is_some_and(|running| running.store.waiting() > 0) && !self.commit_is_planned {
            self.commit_is_planned = true;
            let wait = millis(self.dice.between(1, 80));
            self.plan(wait, "commit", 0, Self::commit);
        }
    }

    /// Switches a laptop on.
    pub(crate) fn boots(&mut self, number: usize) {
        let laptop = &mut self.laptops[number];
        if laptop.agent.is_none() {
            laptop.boots(&mut self.dice);
            self.starts(number);
        }
    }

    /// Starts the agent of a laptop that is on.
    pub(crate) fn starts(&mut self, number: usize) {
        let seed = self.dice.roll();
        let laptop = &mut self.laptops[number];
        if laptop.agent.is_some() {
            return;
        }
        let wishes = laptop.starts(seed);
        self.truth.started(laptop);
        self.grant(number, wishes);
    }

    /// Kills an agent in whatever it is doing.
    pub(crate) fn kill(&mut self, number: usize) {
        if let Some(link) = self.laptops[number].dies() {
            self.hang_up(link);
        }
    }

    /// Starts the collector over what is on disk.
    pub(crate) fn collector_starts(&mut self) {
        if self.centre.running.is_none() {
            self.centre.starts();
            self.truth.nothing_is_missing(self.centre.store().as_ref());
        }
    }

    /// Does for a laptop what its agent wants of the world.
    pub(crate) fn grant(&mut self, number: usize, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Connect(greeting) => self.connect(number, greeting),
                Wish::HangUp(link) => self.hang_up(link),
                Wish::Say(link, said) => {
                    for message in said {
                        self.say(link, message);
                    }
                }
                Wish::Gather => {
                    let wait = millis(self.dice.between(50, 3000));
                    self.plan_in_this_life(number, wait, "gathered", Laptop::gathered);
                }
                Wish::Reconcile(desire) => {
                    let laptop = &mut self.laptops[number];
                    laptop.nft_fails = !self.is_calm && self.dice.chance(5);
                    // What nft was told is done whether or not the agent lives to hear of it.
                    laptop.enforces(&desire);
                    let wait = millis(self.dice.between(20, 2000));
                    self.plan_in_this_life(number, wait, "reconciled", move |laptop| {
                        laptop.reconciled(&desire)
                    });
                }
                Wish::Renew => {
                    self.plan_in_this_life(number, secs(1), "renewed", |laptop| {
                        if laptop.offline {
                            let why = "the collector cannot be reached".to_owned();
                            return laptop.tell(cycle::Event::RenewalFailed(why));
                        }
                        laptop.validity = machine::validity();
                        laptop.tell(cycle::Event::Renewed(laptop.validity))
                    });
                }
                Wish::Died => {
                    self.kill(number);
                    let wait = secs(self.dice.between(1, 20));
                    return self.plan_for(number, wait, "starts", Self::starts);
                }
            }
        }
        let laptop = &mut self.laptops[number];
        if laptop.wake_at != laptop.wake_planned {
            laptop.wake_planned = laptop.wake_at;
            let wait = laptop.wake_at.since(time::now());
            self.plan_for(number, wait, "wakes", |world, number| {
                let laptop = &mut world.laptops[number];
                if laptop.wake_at == time::now() {
                    let wishes = laptop.wakes_up();
                    world.grant(number, wishes);
                }
            });
        }
    }

    fn commit(&mut self) {
        self.commit_is_planned = false;
        let Some(running) = &self.centre.running else {
            return;
        };
        if self.refusals > 0 {
            self.refusals -= 1;
            let error = crate::trouble::refusal(&mut self.dice);
            let count = self.dice.between(1, 4);
            running
                .store
                .refuse(usize::try_from(count).unwrap_or(1), &error);
            return;
        }
        let count = self.dice.between(1, 40);
        running.store.commit(usize::try_from(count).unwrap_or(1));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (at, name, to) in &self.told {
                println!("{at} {to} {name}");
            }
        }
    }
}
