//! Keeps the filters of Windows at what a plan asks for, and tells what stands there.
//!
//! Touches the filters through an [`Engine`] alone, so that all of it runs on every system. Must never report an access
//! as applied that was not read back, never change filters that are already right, and never take filters that cannot be
//! read for none.

use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};

use super::objects::{Names, access_of};
use super::readback::{Likeness, likeness, settled};
use crate::enforce::plan::Ruleset;
use crate::wfp::{ACCESS_DENIED, Engine, NOT_RUNNING, NOT_SUPPORTED, Objects, Refused, TIMED_OUT};

/// What this process knows of the filters.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What it brought about or found in force; the inner `None` is full access.
    asserted: Option<Option<Ruleset>>,
    /// What was read right after a plan was put in force that the platform words in its own way.
    reworded: Option<Objects>,
    /// How often somebody changed them.
    pub reasserted: u64,
}

/// What a pass over the filters came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The access that was read back.
    pub applied: Reading<Access>,
    /// What kept it from being as desired.
    pub trouble: Option<Why>,
}

/// Why something is not known, from what the platform said.
#[must_use]
pub fn why(refused: &Refused) -> Why {
    let said = format!("isolation unavailable: {refused}");
    match refused.code {
        ACCESS_DENIED => Why::NotPermitted(said),
        code if NOT_RUNNING.contains(&code) => Why::ToolMissing(format!(
            "{said}: the Base Filtering Engine (BFE) does not run"
        )),
        NOT_SUPPORTED => Why::Unsupported(said),
        TIMED_OUT => Why::TimedOut(said),
        // Of a platform that is there: what stands in it is not known to be nothing.
        _ => Why::Unreadable(said),
    }
}

/// The access whose name the filters carry. Changes nothing.
#[must_use]
pub fn observe(engine: &mut impl Engine) -> Reading<Access> {
    match engine.look() {
        Err(refused) => Reading::Unknown(why(&refused)),
        Ok(found) if is_empty(&found) => Reading::Known(Access::Full),
        Ok(found) => match found.sublayer.as_ref().and_then(access_of) {
            Some(access) => Reading::Known(access),
            None => unreadable("the isolation's filters carry no name of an access"),
        },
    }
}

impl Known {
    /// Reads the filters and tells whether they are the planned ones. Changes nothing.
    #[must_use]
    pub fn holds(
        &self,
        engine: &mut impl Engine,
        names: Names,
        plan: Option<&Ruleset>,
    ) -> Reading<bool> {
        let read = wanted(engine, names, plan).and_then(|wanted| Ok((engine.look()?, wanted)));
        match read {
            Ok((found, wanted)) => Reading::Known(self.is_in_place(&found, &wanted, plan)),
            Err(refused) => Reading::Unknown(why(&refused)),
        }
    }

    /// Reads the filters, changes them where they differ from the planned ones, and reads them back.
    pub fn enforce(
        &mut self,
        engine: &mut impl Engine,
        names: Names,
        plan: Option<&Ruleset>,
    ) -> Outcome {
        let wanted = match wanted(engine, names, plan) {
            Ok(wanted) => wanted,
            Err(refused) => return left_alone(engine, &refused),
        };
        match engine.look() {
            Ok(found) if self.is_in_place(&found, &wanted, plan) => return self.in_force(plan),
            Ok(_) => self.count_disturbance(plan),
            // What cannot be read is replaced as well: filters made unreadable must not stay.
            Err(error) => {
                tracing::warn!(%error, "the filters could not be read");
                self.count_disturbance(plan);
            }
        }
        if let Err(error) = engine.replace(&wanted) {
            tracing::error!(%error, "the filters were not changed");
            return left_alone(engine, &error);
        }
        self.read_back(engine, &wanted, plan)
    }

    fn read_back(
        &mut self,
        engine: &mut impl Engine,
        wanted: &Objects,
        plan: Option<&Ruleset>,
    ) -> Outcome {
        self.asserted = None;
        let found = match engine.look() {
            Ok(found) => found,
            Err(refused) => return troubled(why(&refused)),
        };
        let likeness = likeness(&found, wanted);
        if likeness == Likeness::Different {
            let said = "the filters read back are not the ones put in force";
            return troubled(Why::Unreadable(said.to_owned()));
        }
        // A filter cannot be changed, only removed and made: what bears the right names in the right places, an instant
        // after we made it, is ours.
        self.reworded = (likeness == Likeness::Reworded).then(|| settled(&found));
        self.in_force(plan)
    }

    fn in_force(&mut self, plan: Option<&Ruleset>) -> Outcome {
        self.asserted = Some(plan.cloned());
        Outcome {
            applied: Reading::Known(plan.map_or(Access::Full, |plan| plan.access)),
            trouble: None,
        }
    }

    /// Filters that were in force and are not: somebody changed them.
    fn count_disturbance(&mut self, plan: Option<&Ruleset>) {
        if self
            .asserted
            .as_ref()
            .is_some_and(|ours| ours.as_ref() == plan)
        {
            self.reasserted = self.reasserted.saturating_add(1);
            tracing::warn!(
                count = self.reasserted,
                "somebody changed the isolation's filters"
            );
        }
    }

    fn is_in_place(&self, found: &Objects, wanted: &Objects, plan: Option<&Ruleset>) -> bool {
        let ours = self
            .asserted
            .as_ref()
            .is_some_and(|ours| ours.as_ref() == plan);
        let learnt = ours && self.reworded.as_ref() == Some(&settled(found));
        learnt || likeness(found, wanted) == Likeness::Same
    }

    /// Whether an isolation is in force that this process knows of.
    #[must_use]
    pub const fn is_cut_off(&self) -> bool {
        matches!(self.asserted, Some(Some(_)))
    }
}

fn wanted(
    engine: &mut impl Engine,
    names: Names,
    plan: Option<&Ruleset>,
) -> Result<Objects, Refused> {
    match plan {
        None => Ok(Objects::default()),
        Some(plan) => Ok(names.objects(plan, &engine.own_program()?)),
    }
}

/// Nothing was changed: tells what is there all the same.
fn left_alone(engine: &mut impl Engine, refused: &Refused) -> Outcome {
    let why = why(refused);
    let applied = match observe(engine) {
        Reading::Known(Access::Full) => Reading::Known(Access::Full),
        // Filters of that name need not be the planned ones.
        Reading::Known(_) | Reading::Absent => Reading::Unknown(why.clone()),
        unknown @ Reading::Unknown(_) => unknown,
    };
    Outcome {
        applied,
        trouble: Some(why),
    }
}

fn troubled(why: Why) -> Outcome {
    Outcome {
        applied: Reading::Unknown(why.clone()),
        trouble: Some(why),
    }
}

fn is_empty(objects: &Objects) -> bool {
    objects.sublayer.is_none() && objects.filters.is_empty()
}

fn unreadable(said: &str) -> Reading<Access> {
    Reading::Unknown(Why::Unreadable(said.to_owned()))
}

#[cfg(test)]
mod tests;
