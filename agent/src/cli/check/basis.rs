//! What a check is judged by: the policy, and what the company has decided about this laptop.
//!
//! Touches a policy file that is named. Must never judge by a policy other than the one it names.

use std::path::Path;

use sekisho_policy::document::Policy;
use sekisho_policy::finding::Verdict;
use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_policy::register::Entry;

use crate::ask::{self, AskError};

/// The policy and the register entry of a check.
pub(super) struct Basis {
    /// Where the policy comes from, in machine-readable output: `shipped`, `file` or `collector`.
    pub(super) origin: &'static str,
    /// The policy's file, or its origin where it has none.
    pub(super) name: String,
    /// The policy document.
    pub(super) text: String,
    /// What the company has decided about this laptop.
    pub(super) entry: Entry,
    /// The last verdict, from which graces run on. `None` where none is known.
    pub(super) previous: Option<Verdict>,
}

impl Basis {
    /// The policy that was named, else the one the product comes with.
    ///
    /// # Errors
    /// [`AskError`] when the file cannot be read or is larger than a policy may be.
    pub(super) fn find(named: Option<&Path>) -> Result<Self, AskError> {
        let (origin, name, text) = match named {
            Some(path) => {
                let text = ask::read_text(path, POLICY_BYTES_MAX)?;
                ("file", path.display().to_string(), text)
            }
            None => {
                let text = Policy::shipped_text().to_owned();
                ("shipped", "shipped".to_owned(), text)
            }
        };
        Ok(Self {
            origin,
            name,
            text,
            entry: Entry::unknown(),
            previous: None,
        })
    }
}
