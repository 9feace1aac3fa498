//! Compares what stands under our names with a plan's objects.
//!
//! Touches nothing. Must never call a set of filters the planned one because each of the planned is there: one more that
//! somebody put beside them may open what they shut.

use std::collections::BTreeSet;

use crate::wfp::{self, Filter, Guid, Objects, Sublayer};

/// The flags by which filters differ. Others tell how the platform keeps them.
const FLAGS: u32 = wfp::PERSISTENT | wfp::BOOT_TIME | wfp::HARD | wfp::DISABLED;

/// How a read-back compares with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Every object is as planned, and there is no other.
    Same,
    /// The filters go by the same names, in the same layers, and do and last the same, but the platform words what must
    /// hold in another way than the plan.
    Reworded,
    /// Something is missing, added or changed.
    Different,
}

/// Compares.
#[must_use]
pub fn likeness(found: &Objects, planned: &Objects) -> Likeness {
    if found.sublayer.as_ref().map(in_force) != planned.sublayer.as_ref().map(in_force) {
        return Likeness::Different;
    }
    let names = |objects: &Objects| -> BTreeSet<_> { objects.filters.iter().map(named).collect() };
    // A name that is there twice would be another's.
    if found.filters.len() != planned.filters.len() || names(found) != names(planned) {
        return Likeness::Different;
    }
    if settled(found) == settled(planned) {
        Likeness::Same
    } else {
        Likeness::Reworded
    }
}

/// What stands there, in one order and without what changes by itself: to be compared with a later reading.
#[must_use]
pub fn settled(objects: &Objects) -> Objects {
    let mut filters: Vec<Filter> = objects
        .filters
        .iter()
        .map(|filter| {
            let mut filter = filter.clone();
            filter.flags &= FLAGS;
            filter.conditions.sort();
            filter
        })
        .collect();
    filters.sort();
    Objects {
        sublayer: objects.sublayer.clone(),
        filters,
    }
}

fn in_force(sublayer: &Sublayer) -> (Guid, Option<Guid>, u32, u16, &[u8]) {
    let flags = sublayer.flags & wfp::PERSISTENT;
    let Sublayer {
        key,
        provider,
        weight,
        data,
        ..
    } = sublayer;
    (*key, *provider, flags, *weight, data)
}

fn named(filter: &Filter) -> (Guid, Option<Guid>, Guid, Guid, u32, u32) {
    (
        filter.key,
        filter.provider,
        filter.layer,
        filter.sublayer,
        filter.flags & FLAGS,
        filter.action,
    )
}
