//! What a check is judged by: the policy, and what the company has decided about this laptop.
//!
//! Touches a policy file that is named, and reads the agent's memory where it may. Must never judge
//! by a policy other than the one it names, nor keep quiet that it could not use the one in force.

use std::path::Path;

use prost::Message as _;
use sekisho_policy::document::Policy;
use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_policy::reading::Why;
use sekisho_policy::register::Entry;
use sekisho_proto::wire;

use crate::ask::{self, AskError};
use crate::limits::MEMORY_BYTES_MAX;
use crate::memory::{Slot, unseal};
use crate::paths::Paths;

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
    /// Why the memory of the agent could not be used. `None` where it was, or there is none.
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
            hidden: None,
        };
        if let Some(paths) = paths {
            basis.recall(paths);
        }
        if let Some(path) = named {
            basis.text = ask::read_text(path, POLICY_BYTES_MAX)?;
            basis.origin = "file";
            basis.name = path.display().to_string();
        } else if basis.origin == "shipped" {
            Policy::shipped_text().clone_into(&mut basis.text);
        }
        Ok(basis)
    }

    /// Takes what the agent remembers of the collector's decisions.
    fn recall(&mut self, paths: &Paths) {
        match remembered(paths, Slot::Policy).map(|body| body.map(ask::into_text)) {
            Ok(Some(text)) => {
                self.text = text;
                self.origin = "collector";
                "collector".clone_into(&mut self.name);
            }
            Ok(None) => {}
            Err(why) => self.hidden = Some(why),
        }
        let entry = remembered(paths, Slot::Register).and_then(|body| {
            let unreadable = |error: String| Why::Unreadable(error);
            body.map(|body| {
                let entry = wire::RegisterEntry::decode(body.as_slice())
                    .map_err(|error| unreadable(error.to_string()))?;
                Entry::try_from(entry).map_err(|error| unreadable(error.to_string()))
            })
            .transpose()
        });
        match entry {
            Ok(Some(entry)) => self.entry = entry,
            Ok(None) => {}
            Err(why) => self.hidden = Some(why),
        }
    }
}

fn remembered(paths: &Paths, slot: Slot) -> Result<Option<Vec<u8>>, Why> {
    let path = paths.memory_dir().join(slot.name());
    let bytes = match ask::read_bytes(&path, MEMORY_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(AskError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error.why()),
    };
    match unseal(slot.name(), &bytes) {
        Ok((_, body)) => Ok(Some(body.to_owned())),
        Err(what) => Err(Why::Unreadable(format!("{}: {what}", path.display()))),
    }
}
