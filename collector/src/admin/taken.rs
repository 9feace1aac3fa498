//! `/v1/taken`: whoever took something out says that they have it whole.
//!
//! Touches the desk. Must never be taken for a proof: it is the word of the one who is named.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use sekisho_policy::id::Fingerprint;

use super::Office;
use super::body::Asked;
use super::error::Refusal;
use super::json::taken::TakenJson;
use super::parse::one_of;
use crate::response::{By, Outgoing};

pub(super) async fn note(
    State(office): State<Arc<Office>>,
    by: By,
    Asked(taken): Asked<TakenJson>,
) -> Result<Json<TakenJson>, Refusal> {
    let known = Outgoing::ALL.map(|what| (what.name(), what));
    let what = one_of("what was taken", &taken.what, &known)?;
    let digest: Fingerprint = taken.sha256.parse().map_err(|_| {
        let what = "the SHA-256 is not 64 hexadecimal digits".to_owned();
        Refusal::malformed("malformed", what)
    })?;
    office.desk.taken(what, taken.bytes, digest, &by).await?;
    Ok(Json(taken))
}
