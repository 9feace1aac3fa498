//! The state of the link: when to reach the collector, what is under way on it, when to give it up.
//!
//! Touches nothing. Must never say anything between a welcome and the moment its thread is on disk,
//! and never have two reports under way: the second could overtake the first's refusal.

use std::collections::BTreeMap;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::time::Span;
use sekisho_proto::message::{Busy, Need, Welcome};

use super::Action;
use super::random::Random;
use crate::limits::{
    ACK_SECS, BACKOFF_FIRST_MS, BACKOFF_MAX_MS, BUSY_MAX_MS, HEALTHY_SECS, KEEP_RETRY_SECS,
    KEEPALIVE_ANSWER_SECS, NEEDS_MAX, PULSE_SECS, PULSE_SECS_MAX, PULSE_SECS_MIN,
};
use crate::memory::Slot;
use crate::outbox::Pending;

/// The link of one agent.
#[derive(Debug, Clone)]
pub struct Attach {
    thread: Vec<u8>,
    state: State,
    /// Breaks in a row.
    breaks: u32,
    /// Why the link is down; empty when it never was up.
    why: String,
    /// Why a certificate that has ended was not renewed; empty when none has ended.
    why_not_renewed: String,
    tried_expired: bool,
    /// Whether the collector takes the certificate for one that has ended, which a clock that fell back does not show.
    told_ended: bool,
}

#[derive(Debug, Clone)]
enum State {
    Detached { retry_at: Span },
    Renewing,
    Connecting,
    Greeted(Box<Welcome>),
    Attached(Box<Attached>),
}

#[derive(Debug, Clone)]
struct Attached {
    since: Span,
    held: BTreeMap<SectionKind, Fingerprint>,
    /// The collector has everything up to here.
    after: Sequence,
    sending: Option<Sending>,
    /// Nothing is sent before.
    pause_until: Span,
    /// What the collector said when it asked for the pause; empty when it did not.
    pause_why: String,
    /// The outbox did not take the collector's word; it is told again then.
    resume_at: Option<Span>,
    needs: u32,
    pulse_every: Span,
    said_at: Span,
    pulses: u64,
    answer_by: Option<Span>,
}

#[derive(Debug, Clone)]
struct Sending {
    sequence: Sequence,
    sections: BTreeMap<SectionKind, Fingerprint>,
    answer_by: Span,
}

impl Attach {
    pub(super) const fn new(thread: Vec<u8>) -> Self {
        Self {
            thread,
            state: State::Detached {
                retry_at: Span(i64::MIN),
            },
            breaks: 0,
            why: String::new(),
            why_not_renewed: String::new(),
            tried_expired: false,
            told_ended: false,
        }
    }

    /// Whether reports can be sent.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        matches!(self.state, State::Attached(_))
    }

    /// Why the link is down. Where the certificate has ended, that is why, whatever came of trying to
    /// connect with it all the same.
    #[must_use]
    pub fn why(&self) -> &str {
        if self.why_not_renewed.is_empty() {
            &self.why
        } else {
            &self.why_not_renewed
        }
    }

    /// When the collector is tried again; `None` while the link is up or coming up.
    #[must_use]
    pub const fn retry_at(&self) -> Option<Span> {
        match self.state {
            State::Detached { retry_at } => Some(retry_at),
            State::Renewing | State::Connecting | State::Greeted(_) | State::Attached(_) => None,
        }
    }

    /// Why the collector takes no report at this moment, in its words; empty when it does.
    #[must_use]
    pub fn pause_why(&self) -> &str {
        match &self.state {
            State::Attached(link) => &link.pause_why,
            State::Detached { .. } | State::Renewing | State::Connecting | State::Greeted(_) => "",
        }
    }

    pub(super) fn thread(&self) -> &[u8] {
        &self.thread
    }

    /// Whether a new certificate is to be asked for before the old one is tried again; `ended` by what this laptop knows
    /// of the time.
    pub(super) const fn wants_renewal(&self, ended: bool) -> bool {
        (ended || self.told_ended) && !self.tried_expired
    }

    /// By the collector's clock the certificate has ended.
    pub(super) const fn ended(&mut self) {
        self.told_ended = true;
    }

    pub(super) fn wants_connection(&self, boot: Span) -> bool {
        self.retry_at().is_some_and(|at| at <= boot)
    }

    pub(super) fn connecting(&mut self) {
        self.tried_expired = false;
        self.state = State::Connecting;
    }

    pub(super) fn renewing_expired(&mut self) {
        self.tried_expired = true;
        self.state = State::Renewing;
    }

    /// A new certificate is there: the link comes up with it at once, in place of one that the old one
    /// holds, since the old one is good until the new one is used. It is used before another is asked
    /// for, since by a clock that is far ahead the new one has ended too.
    pub(super) fn renewed(&mut self, actions: &mut Vec<Action>) {
        self.told_ended = false;
        self.why_not_renewed.clear();
        let attached = matches!(self.state, State::Attached(_));
        if attached {
            actions.push(Action::Disconnect);
        }
        if attached || matches!(self.state, State::Renewing) {
            self.state = State::Detached {
                retry_at: Span(i64::MIN),
            };
        }
    }

    pub(super) fn renewal_failed(&mut self, why: &str, boot: Span, random: &mut Random) {
        if matches!(self.state, State::Renewing) {
            let why = format!("the certificate has ended, and there is no new one: {why}");
            self.why_not_renewed.clone_from(&why);
            self.broken(why, None, boot, random);
        }
    }

    /// The link is down; it is tried again after a wait drawn from nothing to a bound that doubles
    /// ("full jitter"), or not before the collector's own time.
    pub(super) fn broken(
        &mut self,
        why: String,
        retry_after: Option<Span>,
        boot: Span,
        random: &mut Random,
    ) {
        if let State::Attached(link) = &self.state {
            let lasted = boot.0.saturating_sub(link.since.0);
            if lasted >= Span::from_secs(HEALTHY_SECS).0 {
                self.breaks = 0;
            }
        }
        let doubled = BACKOFF_FIRST_MS.saturating_mul(1_i64 << self.breaks.min(16));
        let bound = doubled.min(BACKOFF_MAX_MS);
        let asked = retry_after.map_or(0, |after| after.0.clamp(0, BUSY_MAX_MS.into()));
        let wait = asked.saturating_add(random.below(bound.max(asked)));
        self.breaks = self.breaks.saturating_add(1);
        self.why = why;
        self.state = State::Detached {
            retry_at: Span(boot.0.saturating_add(wait)),
        };
    }

    pub(super) fn heard(&mut self) {
        if let State::Attached(link) = &mut self.state {
            link.answer_by = None;
        }
    }

    pub(super) fn welcomed(&mut self, welcome: Welcome, boot: Span, actions: &mut Vec<Action>) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        let same = welcome.thread == self.thread;
        let thread = welcome.thread.clone();
        self.state = State::Greeted(Box::new(welcome));
        if same {
            self.thread_kept(boot, actions);
        } else {
            actions.push(Action::Keep(Slot::Thread, thread));
        }
    }

    /// The thread of the welcome, while it is not on disk.
    pub(super) fn thread_to_keep(&self) -> Option<&[u8]> {
        match &self.state {
            State::Greeted(welcome) => Some(&welcome.thread),
            State::Detached { .. } | State::Renewing | State::Connecting | State::Attached(_) => {
                None
            }
        }
    }

    /// The thread is not on disk: the link stays, to listen. Nothing is said on it, and whoever asks is
    /// told why.
    pub(super) fn thread_not_kept(&mut self, why: String) {
        self.why = why;
    }

    pub(super) fn thread_kept(&mut self, boot: Span, actions: &mut Vec<Action>) {
        let State::Greeted(welcome) = &self.state else {
            return;
        };
        let pulse_secs = match welcome.pulse_secs {
            0 => PULSE_SECS,
            asked => asked.clamp(PULSE_SECS_MIN, PULSE_SECS_MAX),
        };
        let link = Attached {
            since: boot,
            held: welcome.sections.iter().copied().collect(),
            after: welcome.last_sequence,
            sending: None,
            pause_until: boot,
            pause_why: String::new(),
            resume_at: None,
            needs: 0,
            pulse_every: Span::from_secs(pulse_secs.into()),
            said_at: boot,
            pulses: 0,
            answer_by: None,
        };
        actions.push(Action::Resume(link.after));
        self.thread.clone_from(&welcome.thread);
        self.why.clear();
        self.why_not_renewed.clear();
        self.state = State::Attached(Box::new(link));
    }

    pub(super) fn sending(&self) -> Option<Sequence> {
        match &self.state {
            State::Attached(link) => link.sending.as_ref().map(|sending| sending.sequence),
            State::Detached { .. } | State::Renewing | State::Connecting | State::Greeted(_) => {
                None
            }
        }
    }

    pub(super) fn send(&mut self, first: &Pending, boot: Span, actions: &mut Vec<Action>) {
        let State::Attached(link) = &mut self.state else {
            return;
        };
        // What the collector has is never sent again, not even before the outbox has dropped it.
        let has_it = first.sequence <= link.after;
        if has_it || link.sending.is_some() || link.pause_until > boot {
            return;
        }
        link.sending = Some(Sending {
            sequence: first.sequence,
            sections: first.sections.clone(),
            answer_by: Span(boot.0.saturating_add(Span::from_secs(ACK_SECS).0)),
        });
        link.said_at = boot;
        actions.push(Action::SendReport {
            report: first.clone(),
            held: link.held.clone(),
        });
    }

    pub(super) fn not_sent(&mut self) {
        if let State::Attached(link) = &mut self.state {
            link.sending = None;
        }
    }

    /// Whether this was the report under way.
    pub(super) fn acknowledged(&mut self, sequence: Sequence) -> bool {
        let State::Attached(link) = &mut self.state else {
            return false;
        };
        let Some(sending) = link.sending.take_if(|sending| sending.sequence == sequence) else {
            return false;
        };
        link.held = sending.sections;
        link.after = sequence;
        link.pause_why.clear();
        link.needs = 0;
        self.breaks = 0;
        true
    }

    pub(super) fn needed(
        &mut self,
        need: &Need,
        boot: Span,
        random: &mut Random,
        actions: &mut Vec<Action>,
    ) {
        let State::Attached(link) = &mut self.state else {
            return;
        };
        let asked = link
            .sending
            .take_if(|sending| sending.sequence == need.sequence);
        if asked.is_none() {
            return;
        }
        for (kind, _) in &need.sections {
            link.held.remove(kind);
        }
        link.needs = link.needs.saturating_add(1);
        if link.needs > NEEDS_MAX {
            actions.push(Action::Disconnect);
            let why = "the collector asks for the same sections again and again".to_owned();
            self.broken(why, None, boot, random);
        }
    }

    pub(super) fn busy(&mut self, busy: &Busy, boot: Span, random: &mut Random) {
        let State::Attached(link) = &mut self.state else {
            return;
        };
        link.sending
            .take_if(|sending| sending.sequence == busy.sequence);
        let asked = i64::from(busy.retry_after_ms.min(BUSY_MAX_MS));
        let wait = asked.saturating_add(random.below(asked.max(BACKOFF_FIRST_MS)));
        link.pause_until = Span(boot.0.saturating_add(wait));
        link.pause_why.clone_from(&busy.reason);
    }

    /// The outbox could not take the collector's word.
    pub(super) fn outbox_failed(&mut self, boot: Span) {
        if let State::Attached(link) = &mut self.state {
            let pause = Span::from_secs(KEEP_RETRY_SECS).0;
            link.resume_at = Some(Span(boot.0.saturating_add(pause)));
        }
    }

    pub(super) fn keep_alive(
        &mut self,
        boot: Span,
        random: &mut Random,
        actions: &mut Vec<Action>,
    ) {
        let State::Attached(link) = &mut self.state else {
            return;
        };
        let overdue = |by: Span| by <= boot;
        let silent = link.answer_by.is_some_and(overdue);
        let unanswered = link
            .sending
            .as_ref()
            .is_some_and(|sent| overdue(sent.answer_by));
        if silent || unanswered {
            actions.push(Action::Disconnect);
            let why = "the collector does not answer any more".to_owned();
            self.broken(why, None, boot, random);
            return;
        }
        if link.resume_at.take_if(|at| *at <= boot).is_some() {
            actions.push(Action::Resume(link.after));
        }
        if boot.0.saturating_sub(link.said_at.0) >= link.pulse_every.0 {
            link.pulses = link.pulses.saturating_add(1);
            link.said_at = boot;
            let answer = i64::try_from(KEEPALIVE_ANSWER_SECS).unwrap_or(i64::MAX);
            link.answer_by = Some(Span(boot.0.saturating_add(Span::from_secs(answer).0)));
            actions.push(Action::SendPulse(link.pulses));
        }
    }

    pub(super) fn due(&self) -> Option<Span> {
        match &self.state {
            State::Detached { retry_at } => Some(*retry_at),
            // The link itself ends in time, one way or the other.
            State::Renewing | State::Connecting | State::Greeted(_) => None,
            State::Attached(link) => {
                let pulse = Span(link.said_at.0.saturating_add(link.pulse_every.0));
                let waited = link.sending.as_ref().map(|sending| sending.answer_by);
                let pause = (link.pause_until > link.said_at).then_some(link.pause_until);
                [Some(pulse), link.answer_by, waited, pause, link.resume_at]
                    .into_iter()
                    .flatten()
                    .min()
            }
        }
    }
}
