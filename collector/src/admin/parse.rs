//! Small things that requests hold: names from a closed set, and queries.
//!
//! Touches nothing. Must never take a name for another that is near it.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

use super::error::Refusal;
use crate::response::ResponseError;

/// The value that goes by `name`.
pub(super) fn one_of<T: Copy>(
    what: &'static str,
    name: &str,
    known: &[(&str, T)],
) -> Result<T, Refusal> {
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        ResponseError::NotOneOf {
            what,
            value: name.chars().take(64).collect(),
            allowed: names.join(", "),
        }
        .into()
    })
}

/// A query in the shape it must have.
pub(super) fn query<T>(asked: Result<Query<T>, QueryRejection>) -> Result<T, Refusal> {
    match asked {
        Ok(Query(asked)) => Ok(asked),
        Err(error) => Err(Refusal::malformed("malformed", error.body_text())),
    }
}
