//! What a check is judged by: the policy, and what the company has decided about this laptop.
//!
//! Touches a policy file that is named, asks the running agent, and where none answers reads the
//! agent's memory if it may. Must never judge by a policy other than the one it names, nor keep quiet
//! that it could not use the one in force.

use std::collections::BTreeMap;
use std::path::Path;

use sekisho_policy::document::Policy;
use sekisho_policy::facts::NetworkPlace;
use sekisho_policy::finding::RuleId;
use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Moment, Span, Timestamp};
use sekisho_proto::beacon::Beacons;
use sekisho_proto::wire;

use crate::ask::{AskError, read_bytes, read_text};
use crate::clock;
use crate::cycle::clock::Clock;
use crate::limits::MEMORY_BYTES_MAX;
use crate::memory::record::{ClockRecord, SinceRecord};
use crate::memory::{Slot, unseal};
use crate::paths::Paths;
use crate::shell::{Answer, Question, ask, now};

/// The policy and the register entry of a check.
#[derive(Debug)]
pub(super) struct Basis {
    /// Where the policy comes from, in machine-readable output: `shipped`, `file` or `collector`.
    pub(super) origin: &'static str,
    /// The policy's file, or its origin where it has none.
    pub(super) name: String,
    /// The policy document.
    pub(super) text: String,
    /// What the company has decided about this laptop.
    pub(super) entry: Entry,
    /// Since when which rule counts against this laptop; `None` where nothing remembers that.
    pub(super) since: Option<BTreeMap<RuleId, Timestamp>>,
    /// What time it is, as far as it is known.
    pub(super) moment: Moment,
    /// Where the laptop is; `None` where a beacon is set up and no agent runs that could ask it.
    pub(super) place: Option<Reading<NetworkPlace>>,
    /// Whether an order keeps this laptop from the network, as the running agent says.
    pub(super) cut_off: bool,
    /// Why what the agent knows could not be used. `None` where it was, or there is none.
    pub(super) hidden: Option<Why>,
}

impl Basis {
    /// The policy that was named, else the one in force on this laptop, else the one the product
    /// comes with. `paths` is `None` where another system than this one is checked.
    ///
    /// # Errors
    /// [`AskError`] when the file that was named cannot be read or is larger than a policy may be.
    pub(super) fn find(named: Option<&Path>, paths: Option<&Paths>) -> Result<Self, AskError> {
        let mut basis = Self {
            origin: "shipped",
            name: "shipped".to_owned(),
            text: String::new(),
            entry: Entry::unknown(),
            since: None,
            moment: Moment::at(clock::now()),
            place: None,
            cut_off: false,
            hidden: None,
        };
        if let Some(paths) = paths {
            basis.learn(paths);
        }
        if let Some(path) = named {
            basis.text = read_text(path, POLICY_BYTES_MAX)?;
            basis.origin = "file";
            basis.name = path.display().to_string();
        } else if basis.origin == "shipped" {
            Policy::shipped_text().clone_into(&mut basis.text);
        }
        Ok(basis)
    }

    /// Takes what the running agent says; what it remembers on disk where none runs.
    fn learn(&mut self, paths: &Paths) {
        let told = super::super::runtime()
            .and_then(|runtime| runtime.block_on(ask(paths, &Question::Basis)));
        match told {
            Ok(Answer::NotEnrolled { .. }) => {
                self.place = Some(Reading::Absent);
                return;
            }
            Ok(Answer::Basis(answer)) => match answer.entry() {
                Ok(entry) => {
                    self.entry = entry;
                    self.since = Some(answer.since());
                    self.moment = answer.moment();
                    self.place = answer.place().ok();
                    self.cut_off = answer.cut_off;
                    if let Some(text) = answer.policy {
                        self.take_policy(text);
                    }
                    return;
                }
                Err(why) => self.hidden = Some(Why::Unreadable(why)),
            },
            Ok(Answer::Refused { why }) => self.hidden = Some(Why::Unreadable(why)),
            Ok(
                Answer::Status(_)
                | Answer::News(_)
                | Answer::Challenge { .. }
                | Answer::Released { .. },
            )
            | Err(_) => {}
        }
        if let Err(why) = self.recall(paths) {
            self.hidden = Some(why);
        }
    }

    /// Takes what the agent remembers of the collector's decisions.
    fn recall(&mut self, paths: &Paths) -> Result<(), Why> {
        let policy = remembered(paths, Slot::Policy).map(|body| body.map(crate::ask::into_text));
        // What is damaged in one file says nothing of the others.
        let entry = decoded::<wire::RegisterEntry>(paths, Slot::Register).and_then(|entry| {
            let entry = entry.map(Entry::try_from).transpose();
            entry.map_err(|error| Why::Unreadable(error.to_string()))
        });
        let since = decoded::<SinceRecord>(paths, Slot::Since);
        let clock = decoded::<ClockRecord>(paths, Slot::Clock);
        let beacons = decoded::<wire::Beacons>(paths, Slot::Beacons);
        if let Ok(Some(text)) = &policy {
            self.take_policy(text.clone());
        }
        if let Ok(Some(entry)) = &entry {
            self.entry = entry.clone();
        }
        if let Ok(Some(since)) = &since {
            self.since = Some(since.clone().since());
        }
        if let Ok(Some(clock)) = &clock {
            let clock = Clock::new(Timestamp(clock.floor_ms), clock.skew_ms.map(Span));
            self.moment = clock.moment(now());
        }
        if let Ok(beacons) = &beacons {
            let beacons = beacons.clone().map(Beacons::from).unwrap_or_default();
            self.place = (!beacons.is_set_up()).then_some(Reading::Absent);
        }
        policy?;
        entry?;
        since?;
        clock?;
        beacons?;
        Ok(())
    }

    fn take_policy(&mut self, text: String) {
        self.text = text;
        self.origin = "collector";
        "collector".clone_into(&mut self.name);
    }
}

fn decoded<T: prost::Message + Default>(paths: &Paths, slot: Slot) -> Result<Option<T>, Why> {
    let body = remembered(paths, slot)?;
    let decoded = body.map(|body| T::decode(body.as_slice())).transpose();
    decoded.map_err(|error| Why::Unreadable(error.to_string()))
}

fn remembered(paths: &Paths, slot: Slot) -> Result<Option<Vec<u8>>, Why> {
    let path = paths.memory_dir().join(slot.name());
    let bytes = match read_bytes(&path, MEMORY_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(AskError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error.why()),
    };
    match unseal(slot.name(), &bytes) {
        Ok((_, body)) => Ok(Some(body.to_owned())),
        Err(what) => Err(Why::Unreadable(format!("{}: {what}", path.display()))),
    }
}
