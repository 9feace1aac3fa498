//! When to read the facts: soon after a change is announced, once in a while otherwise, and when asked.
//!
//! Touches nothing. Must never let announcements crowd out the clock, or the other way round.

use std::collections::BTreeMap;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Span;

use super::Gathered;
use crate::limits::{GATHER_PAUSE_SECS, KEEP_RETRY_SECS, SETTLE_MAX_SECS, SETTLE_SECS};

/// The readings of one agent.
#[derive(Debug, Clone)]
pub struct Schedule {
    interval: Span,
    /// The next reading that nothing announces.
    next: Option<Span>,
    /// When the first announcement since the last reading came, and when it is read.
    announced: Option<(Span, Span)>,
    /// Somebody wants a report, changed or not, that no reading was begun for yet.
    demanded: bool,
    reading: bool,
    /// The reading under way was begun because somebody wanted a report.
    answers: bool,
    has_read: bool,
    last_read: Option<Span>,
    last_report: Option<Span>,
    last: BTreeMap<SectionKind, Fingerprint>,
}

impl Schedule {
    pub(super) fn new(interval_secs: u32) -> Self {
        Self {
            interval: Span::from_secs(interval_secs.into()),
            next: None,
            announced: None,
            demanded: false,
            reading: false,
            answers: false,
            has_read: false,
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

    pub(super) fn changed(&mut self, boot: Span) {
        let settle = Span::from_secs(SETTLE_SECS).0;
        let longest = Span::from_secs(SETTLE_MAX_SECS).0;
        let first = self.announced.map_or(boot, |(first, _)| first);
        let at = boot
            .0
            .saturating_add(settle)
            .min(first.0.saturating_add(longest));
        self.announced = Some((first, Span(at)));
    }

    /// Wants a report at `at`, or earlier if one is wanted earlier already.
    pub(super) fn demand(&mut self, at: Span) {
        let earlier = self.next.filter(|next| self.demanded && *next < at);
        self.demanded = true;
        self.next = Some(earlier.unwrap_or(at));
    }

    pub(super) fn due(&self) -> Option<Span> {
        if self.reading {
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
        let announced = self.announced.map(|(_, at)| at.max(earliest));
        [self.next, announced].into_iter().flatten().min()
    }

    /// Whether to read now; the reading counts as begun then.
    pub(super) fn begin(&mut self, boot: Span) -> bool {
        if self.due().is_none_or(|due| due > boot) {
            return false;
        }
        self.reading = true;
        // What is wanted from now on may be read already: it is for the next reading.
        self.answers = std::mem::take(&mut self.demanded);
        self.announced = None;
        true
    }

    /// Takes note of a reading; tells whether it is to be reported.
    pub(super) fn read(&mut self, gathered: &Gathered, boot: Span) -> bool {
        let routine = self
            .last_report
            .is_none_or(|at| boot.0.saturating_sub(at.0) >= self.interval.0);
        let report = self.answers || routine || gathered.sections != self.last;
        self.ended(boot, self.interval);
        self.last.clone_from(&gathered.sections);
        if report {
            self.last_report = Some(boot);
        }
        report
    }

    pub(super) fn failed(&mut self, boot: Span) {
        let wanted = self.answers;
        self.ended(boot, Span::from_secs(KEEP_RETRY_SECS));
        self.demanded |= wanted;
    }

    /// A report could not be kept: the facts are read again, so that nothing of them is lost.
    pub(super) fn not_kept(&mut self, boot: Span) {
        self.last.clear();
        self.next = Some(Span(
            boot.0.saturating_add(Span::from_secs(KEEP_RETRY_SECS).0),
        ));
    }

    fn ended(&mut self, boot: Span, next: Span) {
        self.reading = false;
        self.has_read = true;
        self.last_read = Some(boot);
        self.answers = false;
        let next = Span(boot.0.saturating_add(next.0));
        let wanted = self.next.filter(|_| self.demanded);
        self.next = Some(wanted.map_or(next, |wanted| wanted.min(next)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sekisho_policy::time::Timestamp;

    fn at(secs: i64) -> Span {
        Span::from_secs(secs)
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
        assert!(schedule.begin(at(0)));
        assert!(schedule.read(&gathered("one"), at(0)));
        schedule
    }

    #[test]
    fn an_upgrade_of_many_packages_is_read_once_and_soon() {
        let mut schedule = read_once();
        for second in 100..110 {
            schedule.changed(at(second));
        }
        assert!(!schedule.begin(at(113)));
        assert!(schedule.begin(at(114)));
        assert!(schedule.read(&gathered("two"), at(114)));
        assert_eq!(schedule.due(), Some(at(114 + 3600)));
    }

    #[test]
    fn a_change_is_read_although_others_keep_coming() {
        let mut schedule = read_once();
        for second in 100..200 {
            schedule.changed(at(second));
        }
        assert_eq!(schedule.due(), Some(at(160)));
    }

    #[test]
    fn an_announced_change_that_changed_nothing_is_not_reported() {
        let mut schedule = read_once();
        schedule.changed(at(100));
        assert!(schedule.begin(at(105)));
        assert!(!schedule.read(&gathered("one"), at(105)));
    }

    #[test]
    fn what_is_wanted_during_a_reading_is_answered_by_the_next() {
        let mut schedule = read_once();
        schedule.changed(at(100));
        assert!(schedule.begin(at(105)));
        schedule.demand(at(106));
        assert!(!schedule.read(&gathered("one"), at(107)));
        assert!(schedule.begin(at(107)), "it is read anew at once");
        assert!(schedule.read(&gathered("one"), at(108)));
        assert_eq!(schedule.due(), Some(at(108 + 3600)));
    }

    #[test]
    fn a_report_is_made_every_hour_although_nothing_changed() {
        let mut schedule = read_once();
        assert!(schedule.begin(at(3600)));
        assert!(schedule.read(&gathered("one"), at(3600)));
    }
}
