//! `/v1/devices`: the register, with what was last seen of each device.
//!
//! Touches the desk. Must never decide anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use sekisho_policy::finding::Standing;
use sekisho_policy::id::DeviceId;
use sekisho_policy::register::{DataClass, Registration, RegistrationAction, TakeOutState};

use super::Office;
use super::body::Asked;
use super::error::Refusal;
use super::in_force::in_force;
use super::json::device::{
    AlterationJson, DeviceJson, DevicesJson, KeepJson, RegistrationJson, SeenDeviceJson,
    WholeDeviceJson,
};
use super::json::history::{HistoryJson, TurnJson};
use super::json::posture::PostureJson;
use super::parse::{one_of, query};
use crate::clock;
use crate::limits::{PAGE_MAX, TURNS_MAX};
use crate::record::{Device, Posture};
use crate::response::{Alteration, By, Keep, Sieve, TakeOutSieve, is_stale};
use crate::store::{Damage, Listed, StoreError};

/// Which devices, and where to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ListQuery {
    after: Option<String>,
    limit: Option<usize>,
    group: Option<String>,
    registration: Option<String>,
    standing: Option<String>,
    take_out: Option<String>,
}

pub(super) async fn list(
    State(office): State<Arc<Office>>,
    asked: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<DevicesJson>, Refusal> {
    let asked = query(asked)?;
    let (sieve, after) = (asked.sieve()?, asked.after()?);
    let limit = asked.limit.unwrap_or(PAGE_MAX);
    let (page, next) = office.desk.list(&sieve, after, limit).await?;
    // Whether they pass the sieve cannot be told.
    let damaged = match next {
        Some(_) => Vec::new(),
        None => office.desk.unlisted().await?,
    };
    let seen = |(row, posture): &Listed| office.seen(row, posture, PostureJson::brief);
    Ok(Json(DevicesJson {
        devices: page.iter().map(seen).collect(),
        damaged: damaged.iter().map(ToString::to_string).collect(),
        next: next.map(|id| id.to_string()),
    }))
}

pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
) -> Result<Json<WholeDeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let posture = match office.desk.store.posture_fetch(row.id).await {
        Err(StoreError::Corrupt { cause, .. }) => Err(Damage {
            device: row.id,
            cause,
        }),
        read => Ok(read?),
    };
    Ok(Json(office.whole(&row, &posture).await?))
}

/// How much of a device's history.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HistoryQuery {
    limit: Option<usize>,
}

pub(super) async fn history(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    asked: Result<Query<HistoryQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<HistoryJson>, Refusal> {
    let limit = query(asked)?.limit.unwrap_or(TURNS_MAX);
    let row = office.desk.find(&name).await?;
    // What cannot be read of the device is told with the device.
    let posture = office.desk.store.posture_fetch(row.id).await.ok().flatten();
    let verdict = posture.and_then(|posture| posture.verdict);
    let turns = office
        .desk
        .history(row.id, verdict.as_deref(), limit)
        .await?;
    Ok(Json(HistoryJson {
        device: row.id.to_string(),
        history: turns.into_iter().map(TurnJson::from).collect(),
    }))
}

pub(super) async fn register(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
    Asked(asked): Asked<RegistrationJson>,
) -> Result<Json<DeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let action = one_of("the action", &asked.action, &ACTIONS)?;
    let until = asked.until.map(|time| time.0);
    let row = office
        .desk
        .register(row.id, action, until, &asked.reason, &by)
        .await?;
    Ok(Json((&row).into()))
}

pub(super) async fn alter(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
    Asked(asked): Asked<AlterationJson>,
) -> Result<Json<DeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let row = office.desk.alter(row.id, &alteration(asked)?, &by).await?;
    Ok(Json((&row).into()))
}

pub(super) async fn resolve_clone(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
    Asked(asked): Asked<KeepJson>,
) -> Result<Json<DeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let keep = one_of("the machine to keep", &asked.keep, &KEEPS)?;
    let row = office
        .desk
        .resolve_clone(row.id, keep, &asked.reason, &by)
        .await?;
    Ok(Json((&row).into()))
}

impl Office {
    /// A device with everything.
    pub(super) async fn whole(
        &self,
        row: &Device,
        posture: &Result<Option<Posture>, Damage>,
    ) -> Result<WholeDeviceJson, StoreError> {
        let (order, order_damage) = match in_force(self.desk.store.as_ref(), row.id).await? {
            Ok(order) => (order, None),
            Err(damage) => (None, Some(damage)),
        };
        Ok(WholeDeviceJson {
            seen: self.seen(row, posture, PostureJson::whole),
            order,
            order_damage,
        })
    }

    /// A device as lists and exports show it.
    pub(super) fn seen(
        &self,
        row: &Device,
        posture: &Result<Option<Posture>, Damage>,
        shape: fn(&Posture) -> PostureJson,
    ) -> SeenDeviceJson {
        SeenDeviceJson {
            row: row.into(),
            attached: self.desk.hub.is_online(row.id),
            posture: posture
                .as_ref()
                .ok()
                .and_then(|held| held.as_ref().map(shape)),
            damage: posture.as_ref().err().map(ToString::to_string),
            stale: is_stale(posture.as_ref().ok().and_then(Option::as_ref)),
        }
    }
}

impl ListQuery {
    fn sieve(&self) -> Result<Sieve, Refusal> {
        let registration = self.registration.as_deref();
        let standing = self.standing.as_deref();
        let take_out = self.take_out.as_deref();
        Ok(Sieve {
            group: self.group.clone(),
            registration: registration
                .map(|name| one_of("the registration", name, &REGISTRATIONS))
                .transpose()?,
            standing: standing
                .map(|name| one_of("the standing", name, &STANDINGS))
                .transpose()?,
            take_out: take_out
                .map(|name| one_of("the leave", name, &TAKE_OUTS))
                .transpose()?
                .map(|sieve| (sieve, clock::now())),
        })
    }

    fn after(&self) -> Result<Option<DeviceId>, Refusal> {
        let after = self.after.as_deref().map(str::parse::<DeviceId>);
        after
            .transpose()
            .map_err(|error| Refusal::malformed("malformed", error.to_string()))
    }
}

fn alteration(asked: AlterationJson) -> Result<Alteration, Refusal> {
    let class = asked.data_class.as_deref();
    Ok(Alteration {
        group: asked.group,
        owner: asked.owner,
        asset_number: asked.asset_number,
        data_class: class
            .map(|name| one_of("the data class", name, &CLASSES))
            .transpose()?,
    })
}

const ACTIONS: [(&str, RegistrationAction); 4] = [
    ("approve", RegistrationAction::Approve),
    ("suspend", RegistrationAction::Suspend),
    ("retire", RegistrationAction::Retire),
    ("lose", RegistrationAction::Lose),
];

const KEEPS: [(&str, Keep); 2] = [("known", Keep::Known), ("came", Keep::Came)];

const REGISTRATIONS: [(&str, Registration); 5] = [
    ("pending", Registration::Pending),
    ("approved", Registration::Approved),
    ("suspended", Registration::Suspended),
    ("retired", Registration::Retired),
    ("lost", Registration::Lost),
];

const TAKE_OUTS: [(&str, TakeOutSieve); 4] = [
    ("to_come", TakeOutSieve::State(TakeOutState::ToCome)),
    ("in_force", TakeOutSieve::State(TakeOutState::InForce)),
    ("ending", TakeOutSieve::Ending),
    ("ended", TakeOutSieve::State(TakeOutState::Ended)),
];

const STANDINGS: [(&str, Standing); 4] = [
    ("compliant", Standing::Compliant),
    ("undecided", Standing::Undecided),
    ("grace", Standing::Grace),
    ("violation", Standing::Violation),
];

const CLASSES: [(&str, Option<DataClass>); 5] = [
    ("public", Some(DataClass::Public)),
    ("internal", Some(DataClass::Internal)),
    ("confidential", Some(DataClass::Confidential)),
    ("secret", Some(DataClass::Secret)),
    ("group", None),
];
