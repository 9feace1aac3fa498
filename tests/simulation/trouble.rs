//! What goes wrong, and what people do meanwhile.
//!
//! Touches the world. Must never make trouble that could not happen: a connection keeps its order, a
//! disk that says it kept something kept it, but for what it damages.

use sekisho_agent::cycle;
use sekisho_collector::response::{Left, NewOrder};
use sekisho_collector::store::StoreError;
use sekisho_policy::order::Access;
use sekisho_policy::register::RegistrationAction;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_tests::dice::Dice;

use crate::machine;
use crate::time::{self, millis, secs};
use crate::truth::Done;
use crate::world::World;

/// A year, as clocks go wrong by it.
const YEAR: Span = Span::from_days(365);
/// Reports that are made by a laptop far from the network: more than its outbox takes.
const FAR_REPORTS: u64 = 280;

/// What a store says that refuses.
pub(crate) fn refusal(dice: &mut Dice) -> StoreError {
    if dice.chance(50) {
        return StoreError::Busy {
            retry_after_ms: 250,
        };
    }
    StoreError::Disk {
        path: "here".to_owned(),
        cause: "no space left on device".to_owned(),
    }
}

impl World {
    /// From here on things go wrong, people do things, and software changes.
    pub(crate) fn troubles(&mut self) {
        for (name, happens) in [
            ("trouble", Self::trouble as fn(&mut Self) -> Span),
            ("people", Self::people),
            ("news", Self::news),
        ] {
            self.goes_on(name, happens);
        }
        let number = self.somebody();
        self.is_far_away(number, FAR_REPORTS);
    }

    /// Has something happen again and again, each time telling when next, until all is calm.
    fn goes_on(&mut self, name: &'static str, happens: fn(&mut Self) -> Span) {
        if self.is_calm {
            return;
        }
        let wait = happens(self);
        self.plan(wait, name, 0, move |world| world.goes_on(name, happens));
    }

    fn trouble(&mut self) -> Span {
        let number = self.somebody();
        match self.dice.between(0, 100) {
            0..36 => self.break_link(number),
            36..44 => {
                self.laptops[number].offline = true;
                self.break_link(number);
                let wait = secs(self.dice.between(5, 900));
                self.plan_for(number, wait, "is online", |world, number| {
                    world.laptops[number].offline = false;
                });
            }
            44..56 => {
                // It dies at the next thing that happens, somewhere in the middle of it.
                let left = self.dice.between(0, 8);
                self.laptops[number].dies_after = Some(u32::try_from(left).unwrap_or(0));
            }
            56..66 => {
                self.kill(number);
                if self.dice.chance(20) {
                    self.laptops[number].damages(&mut self.dice);
                }
                let wait = secs(self.dice.between(1, 300));
                if self.dice.chance(50) {
                    self.plan_for(number, wait, "boots", Self::boots);
                } else {
                    self.plan_for(number, wait, "starts", Self::starts);
                }
            }
            66..76 => {
                let by = if self.dice.chance(50) {
                    YEAR.0
                } else {
                    7_200_000
                };
                let drawn = self.dice.between(0, by.unsigned_abs() * 2).cast_signed();
                self.laptops[number].skew = Span(drawn - by);
            }
            76..82 => {
                self.laptops[number].disk_full = true;
                let wait = secs(self.dice.between(30, 1200));
                self.plan_for(number, wait, "has room", |world, number| {
                    world.laptops[number].disk_full = false;
                });
            }
            82..85 => self.laptops[number].damages(&mut self.dice),
            85..89 => self.flush(number),
            89..93 => self.replay(number),
            93..97 => self.refusals += self.dice.between(1, 12),
            _ => self.kill_collector(),
        }
        millis(self.dice.between(0, 2500))
    }

    /// A connection breaks: at both ends at once, at one long before the other, or without a word.
    fn break_link(&mut self, number: usize) {
        let agent = self.laptops[number].agent.as_ref();
        let Some(link) = agent.and_then(|agent| agent.link) else {
            return;
        };
        let (soon, late) = (secs(0), secs(self.dice.between(1, 240)));
        let (up, down) = match self.dice.between(0, 4) {
            0 => (soon, soon),
            // The collector still reads what had come, when the laptop is on its way back already.
            1 => (late, soon),
            2 => (soon, late),
            _ => (late, late),
        };
        self.cut(link, up == soon || down == late, true);
        self.plan_end(link, up);
        self.plan_loss(link, down, "the connection was reset");
    }

    /// The collector dies in whatever it is doing, and comes back.
    fn kill_collector(&mut self) {
        let Some(running) = &self.centre.running else {
            return;
        };
        let waiting = u64::try_from(running.store.waiting()).unwrap_or(0);
        let count = usize::try_from(self.dice.between(0, waiting + 1)).unwrap_or(0);
        for link in self.centre.dies(count) {
            self.cut(link, true, true);
            let wait = millis(self.dice.between(0, 30_000));
            self.plan_loss(link, wait, "connection reset");
        }
        let wait = secs(self.dice.between(1, 40));
        self.plan(wait, "collector starts", 0, Self::collector_starts);
    }

    /// Somebody empties the firewall of a laptop; the notice of that may be lost.
    fn flush(&mut self, number: usize) {
        let laptop = &mut self.laptops[number];
        laptop.kernel = Access::Full;
        if self.dice.chance(70) {
            let wishes = laptop.tell(cycle::Event::Disturbed);
            self.grant(number, wishes);
        }
    }

    /// An order that was under way once comes again, to its own laptop or to another.
    fn replay(&mut self, number: usize) {
        let agent = self.laptops[number].agent.as_ref();
        let Some(link) = agent.and_then(|agent| agent.link) else {
            return;
        };
        let count = u64::try_from(self.stale.len()).unwrap_or(0);
        let drawn = usize::try_from(self.dice.between(0, count)).unwrap_or(0);
        if let Some(mut stale) = self.stale.get(drawn).cloned() {
            stale.at_ms = time::now().0;
            self.hears(link, stale);
        }
    }

    /// A laptop is away so long, and so much changes on it, that its outbox overflows.
    fn is_far_away(&mut self, number: usize, reports: u64) {
        let is_back = self.is_calm || reports == 0;
        self.laptops[number].offline = !is_back;
        if is_back {
            return;
        }
        self.break_link(number);
        let wishes = self.laptops[number].installs(&mut self.dice);
        self.grant(number, wishes);
        self.plan_for(number, secs(26), "is far away", move |world, number| {
            world.is_far_away(number, reports - 1);
        });
    }

    /// People give orders, change policies and registrations; the collector goes its rounds.
    fn people(&mut self) -> Span {
        match self.dice.between(0, 100) {
            0..38 => self.order(Access::Isolated),
            38..42 => self.order_many(),
            42..70 => self.order(Access::Full),
            70..75 => {
                // In one breath, before anything of it has gone out.
                self.order(Access::Isolated);
                self.order(Access::Full);
                self.order(Access::Isolated);
            }
            75..79 => self.apply_policy(),
            79..85 => self.register(RegistrationAction::Suspend),
            85..93 => self.register(RegistrationAction::Approve),
            _ => self.goes_round(),
        }
        millis(self.dice.between(0, 15_000))
    }

    /// Software comes and goes on a laptop.
    fn news(&mut self) -> Span {
        let number = self.somebody();
        let wishes = self.laptops[number].installs(&mut self.dice);
        self.grant(number, wishes);
        millis(self.dice.between(0, 8000))
    }

    /// From here on nothing goes wrong any more, and what did is mended.
    pub(crate) fn calms_down(&mut self) {
        self.is_calm = true;
        self.refusals = 0;
        for number in 0..self.laptops.len() {
            let laptop = &mut self.laptops[number];
            laptop.offline = false;
            laptop.disk_full = false;
            laptop.dies_after = None;
            self.plan_for(number, secs(301), "starts", Self::starts);
        }
        self.plan(secs(41), "collector starts", 0, Self::collector_starts);
    }

    /// Every device that is suspended is approved again, and the collector goes its round.
    pub(crate) fn approves_everybody(&mut self) {
        for number in 0..self.laptops.len() {
            self.register_one(number, RegistrationAction::Approve);
        }
        self.goes_round();
    }

    fn somebody(&mut self) -> usize {
        let count = u64::try_from(self.laptops.len()).unwrap_or(1);
        usize::try_from(self.dice.between(0, count)).unwrap_or(0)
    }

    fn new_order(&mut self, access: Access) -> NewOrder {
        let until: Option<Timestamp> = (access != Access::Full && self.dice.chance(40))
            .then(|| time::now().after(secs(self.dice.between(60, 2400))));
        NewOrder {
            access,
            reason: "an incident".to_owned(),
            until,
            incident: None,
            allow: Vec::new(),
        }
    }

    fn order(&mut self, access: Access) {
        let number = match access {
            // Few are meant, so that orders follow upon each other.
            Access::Isolated | Access::Restricted => self.somebody() / 4,
            Access::Full => self.narrowed().unwrap_or(0),
        };
        let order = self.new_order(access);
        let device = self.laptops[number].device;
        if let Some(running) = &mut self.centre.running {
            running.asked(|desk, by| async move {
                let given = desk.order(device, &order, &by).await?;
                Ok(Done::Ordered(vec![(device, given.generation)]))
            });
        }
    }

    /// One command for many devices.
    fn order_many(&mut self) {
        let order = self.new_order(Access::Isolated);
        let first = self.somebody();
        let devices: Vec<_> = self.laptops.iter().skip(first).take(9).collect();
        let devices: Vec<_> = devices.iter().map(|laptop| laptop.device).collect();
        if let Some(running) = &mut self.centre.running {
            running.asked(|desk, by| async move {
                let mut recipients = Vec::new();
                for device in devices {
                    recipients.extend(desk.store.recipient_fetch(device).await?);
                }
                let (given, _) = desk.order_all(recipients, &order, &by).await;
                let given = given.iter().map(|given| (given.device, given.generation));
                Ok(Done::Ordered(given.collect()))
            });
        }
    }

    /// A laptop whose firewall is narrow.
    fn narrowed(&mut self) -> Option<usize> {
        let is_narrow = |number: &usize| self.laptops[*number].kernel != Access::Full;
        let narrow: Vec<usize> = (0..self.laptops.len()).filter(is_narrow).collect();
        let count = u64::try_from(narrow.len()).unwrap_or(0);
        let drawn = usize::try_from(self.dice.between(0, count)).unwrap_or(0);
        narrow.get(drawn).copied()
    }

    fn apply_policy(&mut self) {
        let text = machine::policy(self.dice.between(0, 1000));
        if let Some(running) = &mut self.centre.running {
            running.asked(|desk, by| async move {
                let applied = desk.policy_apply(&text, &by).await?;
                Ok(Done::Applied(applied.version))
            });
        }
    }

    fn register(&mut self, action: RegistrationAction) {
        let number = self.somebody() / 8;
        self.register_one(number, action);
    }

    fn register_one(&mut self, number: usize, action: RegistrationAction) {
        let device = self.laptops[number].device;
        if let Some(running) = &mut self.centre.running {
            running.asked(|desk, by| async move {
                let done = desk.register(device, action, None, "an incident", &by);
                done.await.map(|_| Done::Other)
            });
        }
    }

    /// What the collector does now and then: signs of life are written down, outdated verdicts made anew.
    fn goes_round(&mut self) {
        if let Some(running) = &mut self.centre.running {
            let collector = std::sync::Arc::clone(&running.collector);
            running.asked(|desk, by| async move {
                collector.seen.write(desk.store.as_ref(), Span(0)).await;
                desk.rejudge_all(&Left::new(), by.at, Span(0)).await?;
                Ok(Done::Other)
            });
        }
    }
}
