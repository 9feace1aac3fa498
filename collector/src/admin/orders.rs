//! `/v1/orders`: orders to one device, several, a group or the fleet; and break-glass codes.
//!
//! Touches the desk. Must never let one device's refusal keep the order from the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use sekisho_policy::order::{Access, Endpoint, Transport};

use super::Office;
use super::body::Asked;
use super::error::{Refusal, body};
use super::json::order::{
    ChallengeJson, CodeJson, EndpointJson, GivenJson, MeantJson, NewOrderJson, PreviewJson,
    ResultJson,
};
use super::parse::one_of;
use crate::limits::ORDER_RESULTS_MAX;
use crate::response::{By, Desk, Given, NewOrder, ResponseError, Selection};

pub(super) async fn give(
    State(office): State<Arc<Office>>,
    by: By,
    Asked(asked): Asked<NewOrderJson>,
) -> Result<Json<GivenJson>, Refusal> {
    let selection = selection(&asked)?;
    let (access, expected) = (asked.access.clone(), asked.expected);
    let order = order(asked)?.checked(by.at)?;
    let (chosen, unknown) = office.desk.select(&selection).await?;
    if let Some(expected) = expected {
        let found = Desk::would_take(&chosen, order.access, by.at).len();
        if found != expected {
            return Err(ResponseError::OtherCount { expected, found }.into());
        }
    }
    let (given, refused) = office.desk.order_all(chosen, &order, &by).await;
    let unknown = unknown
        .iter()
        .map(|(name, error)| told(name.clone(), error));
    let refused = refused
        .iter()
        .map(|(id, error)| told(id.to_string(), error));
    let refused: Vec<ResultJson> = unknown.chain(refused).collect();
    note_refused(&office.desk, &refused, &access, &by).await?;
    Ok(Json(summary(refused, given)))
}

/// Whom the order would hit. It is checked as the order is, so that nobody confirms what cannot be given.
pub(super) async fn preview(
    State(office): State<Arc<Office>>,
    by: By,
    Asked(asked): Asked<NewOrderJson>,
) -> Result<Json<PreviewJson>, Refusal> {
    let selection = selection(&asked)?;
    let order = order(asked)?.checked(by.at)?;
    let (chosen, unknown) = office.desk.select(&selection).await?;
    let hit = Desk::would_take(&chosen, order.access, by.at);
    let (count, meant) = (hit.len(), chosen.len() + unknown.len());
    let online: BTreeSet<_> = office.desk.hub.online().into_iter().collect();
    let mut devices: Vec<_> = hit
        .into_iter()
        .map(|one| MeantJson {
            device: one.id.to_string(),
            name: one.name.clone(),
            registration: one.registration.name().to_owned(),
            attached: online.contains(&one.id),
        })
        .collect();
    let attached = devices.iter().filter(|one| one.attached).count();
    devices.sort_by(|a, b| (&a.name, &a.device).cmp(&(&b.name, &b.device)));
    devices.truncate(ORDER_RESULTS_MAX);
    Ok(Json(PreviewJson {
        count,
        attached,
        refused: meant.saturating_sub(count),
        devices,
    }))
}

pub(super) async fn code(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
    Asked(asked): Asked<ChallengeJson>,
) -> Result<Json<CodeJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let desk = &office.desk;
    let code = desk
        .code(row.id, &asked.challenge, asked.hours, &asked.reason, &by)
        .await?;
    Ok(Json(CodeJson {
        device: code.device.to_string(),
        code: code.code,
        hours: code.hours,
    }))
}

/// Puts down the devices that an order was refused for, each in an entry.
async fn note_refused(
    desk: &Desk,
    results: &[ResultJson],
    access: &str,
    by: &By,
) -> Result<(), Refusal> {
    let refused = results.iter().filter_map(|one| {
        let error = one.error.as_ref()?;
        Some(by.was_refused_order(&one.device, access, &error.code))
    });
    let events: Vec<_> = refused.collect();
    if !events.is_empty() {
        desk.store.audit_append(events).await?;
    }
    Ok(())
}

fn recorded(given: Given) -> ResultJson {
    ResultJson {
        device: given.device.to_string(),
        name: Some(given.name),
        generation: Some(given.generation.0),
        sent: given.sent,
        error: None,
    }
}

fn told(device: String, error: &ResponseError) -> ResultJson {
    ResultJson {
        device,
        name: None,
        generation: None,
        sent: false,
        error: Some(body(error)),
    }
}

fn summary(refused: Vec<ResultJson>, mut given: Vec<Given>) -> GivenJson {
    let (failed, recorded_count) = (refused.len(), given.len());
    let sent = given.iter().filter(|one| one.sent).count();
    given.sort_by(|a, b| (&a.name, a.device).cmp(&(&b.name, b.device)));
    let mut results = refused;
    results.sort_by(|a, b| a.device.cmp(&b.device));
    results.extend(given.into_iter().map(recorded));
    results.truncate(ORDER_RESULTS_MAX);
    GivenJson {
        recorded: recorded_count,
        sent,
        failed,
        results,
    }
}

fn selection(asked: &NewOrderJson) -> Result<Selection, Refusal> {
    match (asked.devices.as_slice(), &asked.group, asked.all) {
        ([], None, true) => Ok(Selection::All),
        ([], Some(group), false) => Ok(Selection::Group(group.clone())),
        ([_, ..], None, false) => Ok(Selection::Named(asked.devices.clone())),
        _ => Err(Refusal::malformed(
            "malformed",
            "exactly one of devices, group and all says for whom the order is".to_owned(),
        )),
    }
}

fn order(asked: NewOrderJson) -> Result<NewOrder, Refusal> {
    let known = [("isolated", Access::Isolated), ("full", Access::Full)];
    let transports = [Transport::Tcp, Transport::Udp].map(|one| (one.name(), one));
    let endpoint = |one: EndpointJson| {
        Ok(Endpoint {
            address: one.address,
            transport: one_of("the transport", &one.transport, &transports)?,
            port: one.port,
        })
    };
    let allow: Result<_, Refusal> = asked.allow.into_iter().map(endpoint).collect();
    Ok(NewOrder {
        access: one_of("the access", &asked.access, &known)?,
        reason: asked.reason,
        until: asked.until.map(|time| time.0),
        incident: asked.incident,
        allow: allow?,
    })
}
