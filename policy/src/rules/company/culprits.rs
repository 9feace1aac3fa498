//! What made an expression false: the package, the volume, the field, with what it said.
//!
//! Touches the facts of a case. Must never change an outcome: it only says what it rests on.

use super::evaluate::Run;
use super::tree::Truth;
use super::variables::Variable;
use crate::facts::Evidence;
use crate::limits::EVIDENCE_MAX;

/// Tells of every part that has a share in the expression's being `came_to`.
pub(super) fn of<'v>(run: &mut Run<'v>, tree: &'v Truth, came_to: bool, told: &mut Vec<Evidence>) {
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
            let count = (list.seen)(run.case).items.count();
            told.push(Evidence::new(list.name, count.to_string()));
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
            told.extend(read);
        }
    }
}

/// The items of a list of which `asked` comes to `wanted`, by what was read of each.
fn items<'v>(
    run: &mut Run<'v>,
    list: &Variable,
    asked: &'v Truth,
    wanted: bool,
    told: &mut Vec<Evidence>,
) {
    for item in (list.seen)(run.case).items {
        if told.len() > EVIDENCE_MAX {
            break;
        }
        let (truth, read) = run.noting(|run| run.of_item(asked, item));
        if truth == Ok(wanted) {
            told.extend(read);
        }
    }
}
