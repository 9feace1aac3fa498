//! The lists of packages that more than one reader rests on, read once for all of them.
//!
//! Touches nothing but through the readers of the lists. Must never outlive one reading of the facts: the next one
//! is to see what has changed.

use std::sync::{Arc, OnceLock};

use sekisho_policy::facts::Package;
use sekisho_policy::reading::Reading;

use super::{linux, rpm};
use crate::sensors::Root;

/// Who asks for them in a capture: whichever reader comes first.
const FACT: &str = "packages";

/// The lists of one reading. Whoever comes second waits for the first.
#[derive(Debug)]
pub(in crate::sensors) struct Lists {
    root: Root,
    dpkg: OnceLock<Reading<Vec<Package>>>,
    rpm: OnceLock<Reading<Vec<Package>>>,
}

impl Lists {
    /// Lists that nobody has read yet.
    pub(in crate::sensors) fn of(root: &Root) -> Self {
        Self {
            root: root.for_fact(FACT),
            dpkg: OnceLock::new(),
            rpm: OnceLock::new(),
        }
    }

    /// Every package that dpkg has installed.
    pub(in crate::sensors) fn dpkg(&self) -> &Reading<Vec<Package>> {
        self.dpkg.get_or_init(|| linux::dpkg_list(&self.root))
    }

    /// Every package that rpm has installed.
    pub(in crate::sensors) fn rpm(&self) -> &Reading<Vec<Package>> {
        self.rpm.get_or_init(|| rpm::read(&self.root))
    }

    /// Both, dpkg's first, for who keeps them. Copied only where another reader still looks at them.
    pub(super) fn into_both(self: Arc<Self>) -> (Reading<Vec<Package>>, Reading<Vec<Package>>) {
        self.dpkg();
        self.rpm();
        let copied = |list: &OnceLock<_>| list.get().cloned();
        let (dpkg, rpm) = match Arc::try_unwrap(self) {
            Ok(own) => (own.dpkg.into_inner(), own.rpm.into_inner()),
            Err(shared) => (copied(&shared.dpkg), copied(&shared.rpm)),
        };
        // Both were just asked for.
        (
            dpkg.unwrap_or(Reading::Absent),
            rpm.unwrap_or(Reading::Absent),
        )
    }
}
