//! Where the laptop is: inside when a beacon has proved it, outside when none answers though there is a way
//! out, and unknown otherwise.
//!
//! Touches nothing. Must never say inside for a network that was not asked over since it last changed by
//! itself, and never take what could not be asked for an answer.

use prost::Message;

use sekisho_policy::facts::NetworkPlace;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Span;
use sekisho_proto::beacon::Beacons;
use sekisho_proto::wire;

use super::Action;
use super::random::Random;
use crate::limits::{
    BEACON_AGAIN_SECS, BEACON_AGAIN_SPREAD_MS, BEACON_EARLY_MS, BEACON_EVERY_SECS,
    BEACON_GOOD_SECS, BEACON_PAUSE_SECS, BEACON_SOON_SECS, BEACON_WAIT_SECS, SETTLE_LINKS_MS,
    SETTLE_LINKS_SPREAD_MS,
};
use crate::memory::Slot;

/// What keeps a beacon from being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// An order narrows what the laptop may reach.
    Ordered,
    /// The device's certificate has ended.
    CertificateEnded,
}

/// One link that was asked over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAnswer {
    /// Its name.
    pub link: String,
    /// What came of it.
    pub answer: Result<(), NoAnswer>,
}

/// Why a link did not prove anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// No beacon of ours answers over it.
    NotThere(String),
    /// It could not be told.
    Unknown(Why),
}

/// What asking over the links came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The networks that the links led to, to be compared with the last.
    pub networks: Vec<String>,
    /// Whether a way leads out at all.
    pub leads_out: bool,
    /// Every link that was asked over; why there are none when they could not be read.
    pub links: Result<Vec<LinkAnswer>, Why>,
}

/// Where one laptop is.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    beacons: Beacons,
    found: Reading<NetworkPlace>,
    /// When that was found; `None` while nothing was.
    found_at: Option<Span>,
    /// It was inside when last asked, and has not been found outside since.
    was_inside: bool,
    /// A beacon was not reached from inside, once.
    missed: bool,
    networks: Vec<String>,
    barred: Option<Barred>,
    /// The questions under way: their number, and since when.
    asking: Option<(u64, Span)>,
    asked_at: Option<Span>,
    number: u64,
    /// When to ask next.
    due: Option<Span>,
    /// When to look whether the networks are other ones, since something was announced.
    look_at: Option<Span>,
}

impl Whereabouts {
    /// Whereabouts that nobody has asked for yet, with the beacons that were remembered.
    #[must_use]
    pub const fn new(beacons: Beacons) -> Self {
        Self {
            beacons,
            found: Reading::Unknown(Why::NotAsked),
            found_at: None,
            was_inside: false,
            missed: false,
            networks: Vec::new(),
            barred: None,
            asking: None,
            asked_at: None,
            number: 0,
            due: Some(Span(i64::MIN)),
            look_at: None,
        }
    }

    /// The place, as far as it is known now; absent while no beacon is set up. What was found holds only for a
    /// while: a laptop that slept may have woken up elsewhere.
    #[must_use]
    pub fn place(&self, boot: Span) -> Reading<NetworkPlace> {
        match self.barred {
            _ if !self.beacons.is_set_up() => Reading::Absent,
            _ if self.beacons.is_none() => {
                let why = "the collector tells of a beacon and of no key to know it by".to_owned();
                Reading::Unknown(Why::Unreadable(why))
            }
            Some(Barred::Ordered) => {
                let why = "an order cuts this laptop off, from beacons too".to_owned();
                Reading::Unknown(Why::NotPermitted(why))
            }
            Some(Barred::CertificateEnded) => {
                let why = "the device's certificate has ended".to_owned();
                Reading::Unknown(Why::NotPermitted(why))
            }
            None if self.is_old(boot) => {
                let why = "the beacon was last asked too long ago".to_owned();
                Reading::Unknown(Why::TimedOut(why))
            }
            None => self.found.clone(),
        }
    }

    /// The beacons that are known.
    #[must_use]
    pub const fn beacons(&self) -> &Beacons {
        &self.beacons
    }

    /// What to write down of the beacons.
    #[must_use]
    pub fn record(&self) -> Vec<u8> {
        wire::Beacons::from(&self.beacons).encode_to_vec()
    }

    /// When to wake up for it.
    pub(super) fn due(&self) -> Option<Span> {
        if self.beacons.is_none() || self.barred.is_some() {
            return None;
        }
        match self.asking {
            Some((_, since)) => Some(later(since, BEACON_WAIT_SECS)),
            None => [self.due, self.look_at].into_iter().flatten().min(),
        }
    }

    /// Whether a reading of the facts should wait a moment: the answer is on its way.
    pub(super) fn is_awaited(&self, boot: Span) -> bool {
        let waits = |(_, since)| boot < later(since, BEACON_WAIT_SECS);
        self.due().is_some() && self.asking.is_some_and(waits)
    }

    /// Takes what the collector told of beacons.
    pub(super) fn told(
        &mut self,
        beacons: Beacons,
        boot: Span,
        random: &mut Random,
        actions: &mut Vec<Action>,
    ) {
        if beacons == self.beacons {
            // The collector may have been away, and its beacon with it. All laptops hear it at once.
            if self.place(boot) != Reading::Known(NetworkPlace::Inside) {
                let spread = random.below(Span::from_secs(BEACON_SOON_SECS).0);
                self.ask_by(Span(boot.0.saturating_add(spread)));
            }
            return;
        }
        if beacons.is_other_key_of(&self.beacons) {
            // The fleet hears of a rotation at once, and the key that came into use was known before.
            let spread = random.below(Span::from_secs(BEACON_SOON_SECS).0);
            self.beacons = beacons;
            self.asking = None;
            self.ask_by(Span(boot.0.saturating_add(spread)));
            actions.push(Action::Keep(Slot::Beacons, self.record()));
            return;
        }
        *self = Self {
            number: self.number,
            barred: self.barred,
            due: Some(boot),
            ..Self::new(beacons)
        };
        actions.push(Action::Keep(Slot::Beacons, self.record()));
    }

    /// Something about the links has changed; more may be on its way.
    pub(super) fn touched(&mut self, boot: Span, random: &mut Random) {
        if self.look_at.is_some() {
            return;
        }
        // A switch that starts anew touches all laptops behind it at once.
        let settle = SETTLE_LINKS_MS.saturating_add(random.below(SETTLE_LINKS_SPREAD_MS));
        let settled = Span(boot.0.saturating_add(settle));
        let rested = self
            .asked_at
            .map_or(settled, |at| later(at, BEACON_PAUSE_SECS));
        self.look_at = Some(settled.max(rested));
    }

    /// Asks if it is time.
    pub(super) fn follow(
        &mut self,
        barred: Option<Barred>,
        boot: Span,
        random: &mut Random,
        actions: &mut Vec<Action>,
    ) {
        if barred != self.barred {
            self.barred = barred;
            self.asking = None;
            self.due = Some(boot);
            self.found = Reading::Unknown(Why::NotAsked);
            self.found_at = None;
        }
        if self.due().is_none_or(|due| due > boot) {
            return;
        }
        if self.asking.take().is_some() {
            // Nothing came back from within this laptop: whoever waits for it waits no longer.
            let why = "asking a beacon did not come to an end".to_owned();
            self.found = Reading::Unknown(Why::TimedOut(why));
            self.found_at = Some(boot);
            self.ask_by(later(boot, BEACON_SOON_SECS));
            return;
        }
        self.number = self.number.wrapping_add(1);
        self.asking = Some((self.number, boot));
        self.asked_at = Some(boot);
        self.look_at = None;
        // What the timer asks is asked on the same networks too.
        let by_timer = self.due.is_some_and(|due| due <= boot);
        if by_timer {
            let early = random.below(BEACON_EARLY_MS);
            let next = later(boot, BEACON_EVERY_SECS);
            self.due = Some(Span(next.0.saturating_sub(early)));
        }
        actions.push(Action::FindPlace {
            number: self.number,
            beacons: self.beacons.clone(),
            unless: (!by_timer).then(|| self.networks.clone()),
        });
    }

    /// The networks are those of the last question: what was found holds as long as it did.
    pub(super) fn same(&mut self, number: u64, boot: Span) {
        if self.is_answer(number, boot) {
            self.asking = None;
        }
    }

    /// Takes what asking came to. Tells whether the place is another than before.
    pub(super) fn sighted(
        &mut self,
        number: u64,
        sighting: Sighting,
        boot: Span,
        random: &mut Random,
    ) -> bool {
        if !self.is_answer(number, boot) {
            return false;
        }
        self.asking = None;
        let before = self.place(boot);
        let moved = sighting.networks != self.networks;
        let mut found = seen(&sighting);
        self.networks = sighting.networks;
        match found {
            Reading::Known(NetworkPlace::Inside) => {
                self.was_inside = true;
                self.missed = false;
            }
            Reading::Known(NetworkPlace::Outside) if self.was_inside && !self.missed => {
                self.missed = true;
                let spread = random.below(BEACON_AGAIN_SPREAD_MS);
                let again = later(boot, BEACON_AGAIN_SECS);
                self.ask_by(Span(again.0.saturating_add(spread)));
                if !moved && before == Reading::Known(NetworkPlace::Inside) {
                    // It stays as it was found, and grows no younger: a silence proves nothing.
                    return false;
                }
                let why = "no beacon has answered since the laptop woke up or moved".to_owned();
                found = Reading::Unknown(Why::TimedOut(why));
            }
            Reading::Known(NetworkPlace::Outside) => {
                self.was_inside = false;
                self.missed = false;
            }
            Reading::Absent | Reading::Unknown(_) => {}
        }
        self.found = found;
        self.found_at = Some(boot);
        self.place(boot) != before
    }

    /// Whether this answers the question under way, in time: an answer that waited while the laptop slept tells
    /// of where it was.
    fn is_answer(&self, number: u64, boot: Span) -> bool {
        self.is_awaited(boot) && self.asking.is_some_and(|(asked, _)| asked == number)
    }

    fn ask_by(&mut self, at: Span) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    fn is_old(&self, boot: Span) -> bool {
        self.found_at
            .is_some_and(|found_at| later(found_at, BEACON_GOOD_SECS) < boot)
    }
}

/// What the links say together. A laptop that is on another network beside the internal one is outside: what
/// is there reaches it. One that is on none is somewhere all the same.
fn seen(sighting: &Sighting) -> Reading<NetworkPlace> {
    let links = match &sighting.links {
        Ok(links) => links,
        Err(why) => return Reading::Unknown(why.clone()),
    };
    let answers = || links.iter().map(|link| &link.answer);
    let unknown = |text: &str| Reading::Unknown(Why::Unreadable(text.to_owned()));
    if links.is_empty() {
        return unknown("the laptop is on no network over which a beacon could be asked");
    }
    if answers().any(|answer| matches!(answer, Err(NoAnswer::NotThere(_)))) {
        return if sighting.leads_out {
            Reading::Known(NetworkPlace::Outside)
        } else {
            unknown("no beacon answers, and no way leads out either")
        };
    }
    let first_unknown = links.iter().find_map(|link| match &link.answer {
        Err(NoAnswer::Unknown(why)) => Some(why.clone()),
        Err(NoAnswer::NotThere(_)) | Ok(_) => None,
    });
    match first_unknown {
        Some(why) => Reading::Unknown(why),
        None => Reading::Known(NetworkPlace::Inside),
    }
}

fn later(from: Span, secs: i64) -> Span {
    Span(from.0.saturating_add(Span::from_secs(secs).0))
}
