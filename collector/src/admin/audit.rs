//! `/v1/audit`: the audit log, its signed head, and proofs.
//!
//! Touches the store and the log's key. Must never change the log.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use serde::Deserialize;

use sekisho_policy::merkle::leaf_hash;

use super::Office;
use super::error::Refusal;
use super::json::audit::{EntriesJson, EntryJson, GrowthJson, HeadJson, ProofJson};
use super::parse::query;
use crate::audit::proof::ProofBuilder;
use crate::audit::walk::{self, WalkError};
use crate::audit::{AuditHead, Frontier, LogPublicKey};
use crate::clock;
use crate::limits::PAGE_MAX;
use crate::response::{By, Outgoing};
use crate::store::{AuditRoot, StoreError};

/// Where to begin, and how many.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct EntriesQuery {
    from: u64,
    limit: Option<usize>,
}

pub(super) async fn head(State(office): State<Arc<Office>>) -> Result<Json<HeadJson>, Refusal> {
    let root = office.desk.store.audit_root().await?;
    Ok(Json(office.sign(root)))
}

pub(super) async fn entries(
    State(office): State<Arc<Office>>,
    asked: Result<Query<EntriesQuery>, QueryRejection>,
) -> Result<Json<EntriesJson>, Refusal> {
    let asked = query(asked)?;
    let limit = asked.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let bytes = office.desk.store.audit_entries(asked.from, limit).await?;
    let numbered = (asked.from..).zip(&bytes);
    let entries: Vec<_> = numbered
        .map(|(index, bytes)| read(index, bytes))
        .collect::<Result<_, _>>()?;
    let after = entries.last().map(|last| last.index.saturating_add(1));
    Ok(Json(EntriesJson {
        next: after.filter(|_| entries.len() == limit),
        entries,
    }))
}

pub(super) async fn proof(
    State(office): State<Arc<Office>>,
    Path(index): Path<String>,
) -> Result<Json<ProofJson>, Refusal> {
    let index: u64 = index.parse().map_err(|_| no_entry(&index))?;
    let store = office.desk.store.as_ref();
    let root = store.audit_root().await?;
    let missing = || no_entry(&index.to_string());
    let mut builder = ProofBuilder::inclusion(index, root.size).ok_or_else(missing)?;
    let mut found = None;
    walk::each(store, root.size, |at, bytes| {
        builder.push(leaf_hash(bytes));
        if at == index {
            found = Some(bytes.to_vec());
        }
    })
    .await
    .map_err(unreadable)?;
    let path = builder.finish().zip(found);
    let (path, entry) = path.ok_or_else(missing)?;
    Ok(Json(ProofJson {
        entry: read(index, &entry)?,
        head: office.sign(root),
        path: path.iter().map(ToString::to_string).collect(),
    }))
}

/// Which sizes of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrowthQuery {
    from: u64,
    #[serde(default)]
    to: Option<u64>,
}

pub(super) async fn growth(
    State(office): State<Arc<Office>>,
    asked: Result<Query<GrowthQuery>, QueryRejection>,
) -> Result<Json<GrowthJson>, Refusal> {
    let asked = query(asked)?;
    let store = office.desk.store.as_ref();
    let whole = store.audit_root().await?;
    let to = asked.to.unwrap_or(whole.size);
    let builder = ProofBuilder::consistency(asked.from, to).filter(|_| to <= whole.size);
    let mut builder = builder.ok_or_else(|| no_entry(&asked.from.max(to).to_string()))?;
    let (mut log, mut earlier, mut later) = (Frontier::default(), None, None);
    walk::each(store, whole.size, |index, bytes| {
        let leaf = leaf_hash(bytes);
        log.push(leaf);
        let size = index.saturating_add(1);
        if size <= to {
            builder.push(leaf);
        }
        if size == asked.from {
            earlier = Some(log.root());
        }
        if size == to {
            later = Some(log.root());
        }
    })
    .await
    .map_err(unreadable)?;
    // What is signed here was never signed before: entries that somebody edited must not be.
    if log.root() != whole.root {
        let cause = "the entries do not hash to the root that was signed".to_owned();
        let path = String::new();
        return Err(StoreError::Corrupt { path, cause }.into());
    }
    let roots = builder.finish().zip(earlier).zip(later);
    let ((proof, earlier), later) = roots.ok_or_else(|| no_entry(&asked.from.to_string()))?;
    let at = |size, root| office.sign(AuditRoot { size, root });
    Ok(Json(GrowthJson {
        earlier: at(asked.from, earlier),
        later: at(to, later),
        proof: proof.iter().map(ToString::to_string).collect(),
    }))
}

/// The whole log, in the form that `audit verify` reads.
pub(super) async fn export(State(office): State<Arc<Office>>, by: By) -> Result<Response, Refusal> {
    office.desk.asked(Outgoing::AuditLog, &by).await?;
    let lines = walk::export(Arc::clone(&office.desk.store)).inspect_err(|error| {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "an export of the audit log breaks off"
        );
    });
    let kind = [(header::CONTENT_TYPE, "application/jsonl")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

impl Office {
    fn sign(&self, root: AuditRoot) -> HeadJson {
        let signer = self.desk.keys.audit.as_ref();
        HeadJson::of(
            &AuditHead::sign(root, clock::now(), signer),
            LogPublicKey(*signer.public_key()),
        )
    }
}

fn read(index: u64, bytes: &[u8]) -> Result<EntryJson, Refusal> {
    EntryJson::of(index, bytes).map_err(|error| {
        let cause = format!("entry {index} of the audit log: {error}");
        let path = String::new();
        StoreError::Corrupt { path, cause }.into()
    })
}

fn unreadable(error: WalkError) -> Refusal {
    match error {
        WalkError::Store(error) => error.into(),
        other @ (WalkError::Entry(..) | WalkError::Tampered(_) | WalkError::Missing { .. }) => {
            let (path, cause) = (String::new(), other.to_string());
            StoreError::Corrupt { path, cause }.into()
        }
    }
}

fn no_entry(name: &str) -> Refusal {
    let name = name.chars().take(32).collect();
    let what = "audit entry";
    StoreError::NotFound { what, name }.into()
}
