//! What made an expression false: the package, the volume, the field, with what it said.
//!
//! Touches the facts of a case. Must never change an outcome: it only says what it rests on.

use super::evaluate::{self, Run};
use super::fields::Item;
use super::tree::Truth;
use super::variables::Variable;
use crate::facts::Evidence;
use crate::limits::{CULPRITS_MAX, SHOWN_CHARS_MAX};
use crate::words::shown_within;

/// What made an expression false.
#[derive(Debug, Default)]
pub(super) struct Culprits {
    /// The first of them, [`CULPRITS_MAX`] at most.
    pub(super) told: Vec<Evidence>,
    /// How many more there are.
    pub(super) more: usize,
}

impl Culprits {
    /// One of them, which is told only where there is room.
    fn add(&mut self, told: impl FnOnce() -> Evidence) {
        if self.told.len() < CULPRITS_MAX {
            self.told.push(told());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Counts those alone for which there is no room.
    pub(super) fn keep(&mut self, mut has_room: impl FnMut(&Evidence) -> bool) {
        let before = self.told.len();
        self.told.retain(|one| has_room(one));
        let left_out = before.saturating_sub(self.told.len());
        self.more = self.more.saturating_add(left_out);
    }
}

/// Tells of every part that has a share in the expression's being `came_to`.
pub(super) fn of<'v>(run: &mut Run<'v>, tree: &'v Truth, came_to: bool, told: &mut Culprits) {
    match tree {
        Truth::Not(one) => of(run, one, !came_to, told),
        Truth::And(one, other) | Truth::Or(one, other) => {
            for part in [one, other] {
                if run.truth(part) == Ok(came_to) {
                    of(run, part, came_to, told);
                }
            }
        }
        Truth::Choice(asked, one, other) => {
            if let Ok(truth) = run.truth(asked) {
                of(run, asked, truth, told);
                of(run, if truth { one } else { other }, came_to, told);
            }
        }
        Truth::Some(list, asked) if came_to => items(run, list, asked, true, told),
        Truth::Every(list, asked) if !came_to => items(run, list, asked, false, told),
        // None of them, or every one: there is not one to tell of.
        Truth::Some(list, _) | Truth::Every(list, _) => {
            let count = (list.seen)(run.case).items.len();
            told.add(|| size(list, count));
        }
        Truth::Literal(_)
        | Truth::Field(_)
        | Truth::Has(_)
        | Truth::Same(..)
        | Truth::SameNumber(..)
        | Truth::SameText(..)
        | Truth::Compared(..)
        | Truth::AmongNumbers(..)
        | Truth::AmongTexts(..)
        | Truth::Contains(..)
        | Truth::StartsWith(..)
        | Truth::EndsWith(..)
        | Truth::Like(..)
        | Truth::OlderThan(..) => {
            let (_, read) = run.noting(|run| run.truth(tree));
            for seen in read {
                told.add(|| seen);
            }
        }
    }
}

/// The items of a list of which `asked` comes to `wanted`, each with all that was read of it.
fn items<'v>(
    run: &mut Run<'v>,
    list: &Variable,
    asked: &'v Truth,
    wanted: bool,
    told: &mut Culprits,
) {
    for item in (list.seen)(run.case).items {
        // Most are no culprits, and most culprits are counted alone: what is read is put down for the others.
        if run.of_item(asked, item) == Ok(wanted) {
            told.add(|| {
                let (_, read) = run.noting(|run| run.of_item(asked, item));
                item_said(list, item, &read)
            });
        }
    }
}

fn item_said(list: &Variable, item: &dyn Item, read: &[Evidence]) -> Evidence {
    let name = evaluate::path_of(list, item);
    let fields: Vec<String> = read
        .iter()
        .map(|seen| {
            let of_item = seen.source.strip_prefix(name.as_str());
            let field = of_item.map_or(seen.source.as_str(), |rest| rest.trim_start_matches('.'));
            format!("{field}: {}", seen.value)
        })
        .collect();
    let fields = fields.join(", ");
    Evidence::new(name, shown_within(&fields, SHOWN_CHARS_MAX))
}

/// How many items there are.
pub(super) fn size(list: &Variable, count: usize) -> Evidence {
    Evidence::new(format!("size({})", list.name), count.to_string())
}
