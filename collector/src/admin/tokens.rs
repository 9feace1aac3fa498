//! `/v1/tokens`: enrolment tokens.
//!
//! Touches the desk. Must never answer with a secret but once, to its making.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use sekisho_policy::time::Span;

use super::Office;
use super::body::Asked;
use super::error::Refusal;
use super::json::token::{MadeTokenJson, NewTokenJson, TokenJson, TokensJson, parse};
use crate::response::{By, NewToken};

pub(super) async fn list(State(office): State<Arc<Office>>) -> Result<Json<TokensJson>, Refusal> {
    let tokens = office.desk.token_list().await?;
    let tokens = tokens.iter().map(TokenJson::from).collect();
    Ok(Json(TokensJson { tokens }))
}

pub(super) async fn create(
    State(office): State<Arc<Office>>,
    by: By,
    Asked(asked): Asked<NewTokenJson>,
) -> Result<Json<MadeTokenJson>, Refusal> {
    let new = NewToken {
        group: asked.group,
        approves: asked.approve,
        uses: asked.uses,
        valid: Span::from_secs(i64::try_from(asked.valid_secs).unwrap_or(i64::MAX)),
        note: asked.note,
    };
    let made = office.desk.token_create(&new, &by).await?;
    Ok(Json(MadeTokenJson {
        row: (&made.token).into(),
        token: made.printed,
    }))
}

pub(super) async fn withdraw(
    State(office): State<Arc<Office>>,
    Path(id): Path<String>,
    by: By,
) -> Result<Json<TokensJson>, Refusal> {
    let id = parse(&id).ok_or_else(|| {
        let shown: String = id.chars().take(64).collect();
        Refusal::malformed(
            "malformed",
            format!("{shown:?} is no token's id; one is 16 hexadecimal digits"),
        )
    })?;
    office.desk.token_withdraw(id, &by).await?;
    list(State(office)).await
}
