//! `/v1/status`: how the collector fares.
//!
//! Touches the desk. Must never decide anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use sekisho_proto::json::Time;

use super::Office;
use super::error::Refusal;
use super::json::status::{CensusJson, EndJson, StatusJson};
use crate::clock;

pub(super) async fn show(State(office): State<Arc<Office>>) -> Result<Json<StatusJson>, Refusal> {
    let desk = &office.desk;
    let now = clock::now();
    let census = desk.census(now).await?;
    let (server, root) = (desk.keys.server.current(), &desk.keys.authority);
    let warnings = desk.warnings(&census, now).await?;
    Ok(Json(StatusJson {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: Time(office.opened_at),
        devices: CensusJson {
            total: census.devices,
            attached: census.attached,
            registrations: named(census.registrations),
            standings: named(census.standings),
            clones: census.clones,
            restricted: census.restricted,
            taken_out: census.taken_out,
            take_outs_ending: census.take_outs_ending,
            stale: census.stale,
        },
        policy_version: desk.policy.current().version,
        audit_entries: desk.store.audit_root().await?.size,
        server_certificate: EndJson {
            fingerprint: server.fingerprint().to_string(),
            not_after: Time(server.not_after),
        },
        root_certificate: EndJson {
            fingerprint: root.fingerprint().to_string(),
            not_after: Time(root.not_after()),
        },
        beacon: desk.beacon.state().map(Into::into),
        not_recording: desk.store.trouble().await?.map(|why| why.to_string()),
        warnings: warnings.iter().map(|one| one.code().to_owned()).collect(),
    }))
}

fn named(counts: BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    let named = |(name, count): (&str, u64)| (name.to_owned(), count);
    counts.into_iter().map(named).collect()
}
