//! When to read which facts: soon after a change is announced those that it touches, once in a while all of
//! them, and when asked.
//!
//! Touches nothing. Must never let announcements crowd out the clock, or the other way round, and never let
//! readings of some facts put off the one of all.

use std::collections::BTreeMap;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Span;

use super::Gathered;
use crate::limits::{
    BOOTED_SECS, GATHER_PAUSE_SECS, KEEP_RETRY_SECS, SETTLE_MAX_SECS, SETTLE_SECS,
};
use crate::topics::Topics;

/// The readings of one agent.
#[derive(Debug, Clone)]
pub struct Schedule {
    interval: Span,
    /// The next reading that nothing announces: of all facts.
    next: Option<Span>,
    announced: Option<Announced>,
    /// Somebody wants a report, changed or not, that no reading was begun for yet.
    demanded: bool,
    /// What the reading under way is of.
    reading: Option<Topics>,
    /// The reading under way was begun because somebody wanted a report.
    answers: bool,
    has_read: bool,
    /// All facts were read, so that some can be read without the others.
    has_all: bool,
    last_read: Option<Span>,
    last_report: Option<Span>,
    last: BTreeMap<SectionKind, Fingerprint>,
}

/// What was announced since the last reading.
#[derive(Debug, Clone, Copy)]
struct Announced {
    /// When the first of it was.
    first: Span,
    /// When it is read.
    at: Span,
    touched: Topics,
}

impl Schedule {
    pub(super) fn new(interval_secs: u32) -> Self {
        Self {
            interval: Span::from_secs(interval_secs.into()),
            next: None,
            announced: None,
            demanded: false,
            reading: None,
            answers: false,
            has_read: false,
            has_all: false,
            last_read: None,
            last_report: None,
            last: BTreeMap::new(),
        }
    }

    /// Whether the facts were read since the start, well or badly.
    #[must_use]
    pub const fn has_read(&self) -> bool {
        self.has_read
    }

    pub(super) fn changed(&mut self, touched: Topics, boot: Span) {
        let settle = Span::from_secs(SETTLE_SECS).0;
        let longest = Span::from_secs(SETTLE_MAX_SECS).0;
        let before = self.announced.unwrap_or(Announced {
            first: boot,
            at: boot,
            touched: Topics::NONE,
        });
        let first = before.first;
        let at = boot
            .0
            .saturating_add(settle)
            .min(first.0.saturating_add(longest));
        self.announced = Some(Announced {
            first,
            at: Span(at),
            touched: before.touched.and(touched),
        });
    }

    /// Wants a report at `at`, or earlier if one is wanted earlier already.
    pub(super) fn demand(&mut self, at: Span) {
        let earlier = self.next.filter(|next| self.demanded && *next < at);
        self.demanded = true;
        self.next = Some(earlier.unwrap_or(at));
    }

    pub(super) fn due(&self) -> Option<Span> {
        if self.reading.is_some() {
            return None;
        }
        if self.demanded {
            return self.next;
        }
        // A reading on announcement keeps its distance from the last one.
        let pause = Span::from_secs(GATHER_PAUSE_SECS).0;
        let earliest = self
            .last_read
            .map_or(Span(i64::MIN), |at| Span(at.0.saturating_add(pause)));
        let announced = self.announced.map(|announced| announced.at.max(earliest));
        [self.next, announced].into_iter().flatten().min()
    }

    /// What to read now, if anything; the reading counts as begun then.
    pub(super) fn begin(&mut self, boot: Span) -> Option<Topics> {
        if self.due().is_none_or(|due| due > boot) {
            return None;
        }
        let announced = self.announced.take();
        let by_timer = self.next.is_some_and(|next| next <= boot);
        let topics = match announced {
            Some(announced) if self.has_all && !by_timer => announced.touched,
            Some(_) | None => Topics::ALL,
        };
        self.reading = Some(topics);
        // What is wanted from now on may be read already: it is for the next reading.
        self.answers = by_timer && std::mem::take(&mut self.demanded);
        Some(topics)
    }

    /// Takes note of a reading; tells whether it is to be reported.
    pub(super) fn read(&mut self, gathered: &Gathered, boot: Span) -> bool {
        let routine = self
            .last_report
            .is_none_or(|at| boot.0.saturating_sub(at.0) >= self.interval.0);
        let report = self.answers || routine || gathered.sections != self.last;
        if self.reading == Some(Topics::ALL) {
            self.has_all = true;
            self.next_in(self.interval, boot);
        }
        self.ended(boot);
        self.last.clone_from(&gathered.sections);
        if report {
            self.last_report = Some(boot);
        }
        report
    }

    pub(super) fn failed(&mut self, boot: Span) {
        let wanted = self.answers;
        // All of them, whatever this was of: what is known may have been lost with it.
        self.next_in(Span::from_secs(KEEP_RETRY_SECS), boot);
        self.ended(boot);
        self.demanded |= wanted;
    }

    /// A report could not be kept: the facts are read again, so that nothing of them is lost.
    pub(super) fn not_kept(&mut self, boot: Span) {
        self.last.clear();
        self.next = Some(Span(
            boot.0.saturating_add(Span::from_secs(KEEP_RETRY_SECS).0),
        ));
    }

    fn ended(&mut self, boot: Span) {
        self.reading = None;
        self.has_read = true;
        self.last_read = Some(boot);
        self.answers = false;
    }

    /// All facts are read again then, or earlier where somebody wants it.
    fn next_in(&mut self, wait: Span, boot: Span) {
        let mut next = Span(boot.0.saturating_add(wait.0));
        // Services that start with the system announce nothing, and some take minutes.
        let booted = Span::from_secs(BOOTED_SECS);
        if boot < booted {
            next = next.min(booted);
        }
        let wanted = self.next.filter(|_| self.demanded);
        self.next = Some(wanted.map_or(next, |wanted| wanted.min(next)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::Topic;
    use sekisho_policy::time::Timestamp;

    const PACKAGES: Topics = Topics::of(&[Topic::Software, Topic::Updates]);

    /// Of a machine that was booted a day before.
    fn at(secs: i64) -> Span {
        Span::from_secs(86_400 + secs)
    }

    fn gathered(state: &str) -> Gathered {
        let digest = Fingerprint::of(state.as_bytes());
        Gathered {
            taken_at: Timestamp(0),
            sections: BTreeMap::from([(SectionKind::Host, digest)]),
            standing: None,
        }
    }

    fn read_once() -> Schedule {
        let mut schedule = Schedule::new(3600);
        schedule.demand(at(0));
        assert_eq!(schedule.begin(at(0)), Some(Topics::ALL));
        assert!(schedule.read(&gathered("one"), at(0)));
        schedule
    }

    #[test]
    fn an_upgrade_of_many_packages_is_read_once_and_soon() {
        let mut schedule = read_once();
        for second in 100..110 {
            schedule.changed(PACKAGES, at(second));
        }
        assert_eq!(schedule.begin(at(113)), None);
        assert_eq!(schedule.begin(at(114)), Some(PACKAGES));
        assert!(schedule.read(&gathered("two"), at(114)));
        assert_eq!(
            schedule.due(),
            Some(at(3600)),
            "all are read when it is time"
        );
    }

    #[test]
    fn a_change_is_read_although_others_keep_coming() {
        let mut schedule = read_once();
        for second in 100..200 {
            schedule.changed(PACKAGES, at(second));
        }
        assert_eq!(schedule.due(), Some(at(160)));
    }

    #[test]
    fn an_announced_change_that_changed_nothing_is_not_reported() {
        let mut schedule = read_once();
        schedule.changed(PACKAGES, at(100));
        assert_eq!(schedule.begin(at(105)), Some(PACKAGES));
        assert!(!schedule.read(&gathered("one"), at(105)));
    }

    #[test]
    fn what_is_wanted_during_a_reading_is_answered_by_the_next() {
        let mut schedule = read_once();
        schedule.changed(PACKAGES, at(100));
        assert_eq!(schedule.begin(at(105)), Some(PACKAGES));
        schedule.demand(at(106));
        assert!(!schedule.read(&gathered("one"), at(107)));
        let all = schedule.begin(at(107));
        assert_eq!(all, Some(Topics::ALL), "it is read anew at once");
        assert!(schedule.read(&gathered("one"), at(108)));
        assert_eq!(schedule.due(), Some(at(108 + 3600)));
    }

    #[test]
    fn a_report_is_made_every_hour_although_nothing_changed() {
        let mut schedule = read_once();
        assert_eq!(schedule.begin(at(3600)), Some(Topics::ALL));
        assert!(schedule.read(&gathered("one"), at(3600)));
    }

    #[test]
    fn what_is_announced_meanwhile_is_read_together_and_nothing_else() {
        let mut schedule = read_once();
        let lock = Topics::of(&[Topic::ScreenLocks]);
        schedule.changed(lock, at(100));
        schedule.changed(PACKAGES, at(101));
        assert_eq!(schedule.begin(at(106)), Some(lock.and(PACKAGES)));
        schedule.changed(lock, at(107));
        assert!(schedule.read(&gathered("two"), at(108)));
        assert_eq!(schedule.begin(at(128)), Some(lock));
        assert!(!schedule.read(&gathered("two"), at(129)));
        schedule.changed(Topics::NONE, at(200));
        assert_eq!(schedule.begin(at(205)), Some(Topics::NONE));
    }

    #[test]
    fn changes_that_never_end_keep_nobody_from_reading_all() {
        let mut schedule = read_once();
        let mut all = 0;
        for second in 1..7300 {
            schedule.changed(PACKAGES, at(second));
            if let Some(topics) = schedule.begin(at(second)) {
                all += i32::from(topics == Topics::ALL);
                schedule.read(&gathered("one"), at(second));
            }
        }
        assert_eq!(all, 2);
    }

    #[test]
    fn until_all_were_read_an_announced_change_reads_all() {
        let mut schedule = Schedule::new(3600);
        schedule.demand(at(0));
        assert_eq!(schedule.begin(at(0)), Some(Topics::ALL));
        schedule.failed(at(1));
        schedule.changed(PACKAGES, at(61));
        assert_eq!(schedule.begin(at(61)), Some(Topics::ALL));
        assert!(schedule.read(&gathered("one"), at(62)), "it was wanted");
        schedule.changed(PACKAGES, at(100));
        assert_eq!(schedule.begin(at(105)), Some(PACKAGES));
        schedule.failed(at(106));
        assert_eq!(schedule.due(), Some(at(166)));
        assert_eq!(schedule.begin(at(166)), Some(Topics::ALL));
    }

    #[test]
    fn what_starts_with_the_system_is_read_when_it_has_started() {
        let mut schedule = Schedule::new(3600);
        let boot = Span::from_secs(20);
        schedule.demand(boot);
        assert_eq!(schedule.begin(boot), Some(Topics::ALL));
        schedule.read(&gathered("one"), boot);
        let booted = Span::from_secs(BOOTED_SECS);
        assert_eq!(schedule.begin(booted), Some(Topics::ALL));
        schedule.read(&gathered("one"), booted);
        assert_eq!(schedule.due(), Some(Span::from_secs(BOOTED_SECS + 3600)));
    }
}
