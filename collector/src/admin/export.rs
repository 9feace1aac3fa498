//! `/v1/export`: register, postures, verdicts, orders, tokens and policy, line by line.
//!
//! Touches the desk. Must never hold more than a page of devices, however many there are, nor leave out without a word
//! what cannot be read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{TryStreamExt, stream};

use sekisho_policy::id::DeviceId;
use sekisho_proto::json::Time;

use super::Office;
use super::error::Refusal;
use super::json::export::{DamagedJson, ExportJson, LineJson, TotalJson};
use super::json::token::TokenJson;
use super::policy;
use crate::limits::EXPORT_PAGE;
use crate::response::{By, Outgoing};
use crate::store::StoreError;

/// How far an export has come.
enum Stage {
    Begin,
    /// Policies before the one in force.
    Policies,
    Tokens,
    /// Devices behind this one.
    Devices(Option<DeviceId>),
    End,
}

struct Export {
    office: Arc<Office>,
    by: By,
    stage: Stage,
    /// Policies before this version are still to come.
    policy_before: u64,
    total: TotalJson,
}

pub(super) async fn take(State(office): State<Arc<Office>>, by: By) -> Result<Response, Refusal> {
    office.desk.asked(Outgoing::Record, &by).await?;
    let total = TotalJson {
        earlier_policies: 0,
        tokens: 0,
        devices: 0,
        damaged: 0,
    };
    let export = Export {
        office,
        by,
        stage: Stage::Begin,
        policy_before: u64::MAX,
        total,
    };
    let pieces = stream::try_unfold(export, |mut export| async {
        let lines = export.lines().await?;
        Ok(lines.map(|lines| (render(&lines), export)))
    });
    let pieces = pieces.inspect_err(|error: &StoreError| {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "an export breaks off"
        );
    });
    let kind = [(header::CONTENT_TYPE, "application/jsonl")];
    Ok((kind, Body::from_stream(pieces)).into_response())
}

fn render(lines: &[LineJson]) -> String {
    let mut text = String::new();
    for line in lines {
        // Every shape of the interface can be written.
        text.push_str(&serde_json::to_string(line).unwrap_or_default());
        text.push('\n');
    }
    text
}

impl Export {
    /// The next lines. `None` at the end.
    async fn lines(&mut self) -> Result<Option<Vec<LineJson>>, StoreError> {
        match self.stage {
            Stage::Begin => {
                self.stage = Stage::Policies;
                let begin = ExportJson {
                    format: 1,
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    at: Time(self.by.at),
                    by: self.by.name(),
                };
                let policy = policy::in_force(&self.office);
                self.policy_before = policy.head.version;
                Ok(Some(vec![
                    LineJson::Export(begin),
                    LineJson::Policy(policy),
                ]))
            }
            Stage::Policies => {
                self.policy_before = self.policy_before.saturating_sub(1);
                let store = &self.office.desk.store;
                let policy = match store.policy_fetch(self.policy_before).await {
                    Err(StoreError::Corrupt { cause, .. }) => {
                        let version = self.policy_before.to_string();
                        let damaged = self.damaged("earlier_policy", version, cause);
                        return Ok(Some(vec![damaged]));
                    }
                    policy => policy?,
                };
                let Some(policy) = policy else {
                    self.stage = Stage::Tokens;
                    return Ok(Some(Vec::new()));
                };
                let count = &mut self.total.earlier_policies;
                *count = count.saturating_add(1);
                Ok(Some(vec![LineJson::EarlierPolicy((&policy).into())]))
            }
            Stage::Tokens => {
                self.stage = Stage::Devices(None);
                let tokens = self.office.desk.store.token_list().await?;
                self.total.tokens = u64::try_from(tokens.len()).unwrap_or(u64::MAX);
                let lines = tokens.iter().map(TokenJson::from).map(LineJson::Token);
                Ok(Some(lines.collect()))
            }
            Stage::Devices(after) => self.devices(after).await.map(Some),
            Stage::End => Ok(None),
        }
    }

    /// A page of devices; behind the last those that cannot be read, and the end.
    async fn devices(&mut self, after: Option<DeviceId>) -> Result<Vec<LineJson>, StoreError> {
        let desk = &self.office.desk;
        let page = desk.store.device_list(after, EXPORT_PAGE).await?;
        let Some(last) = page.last().map(|(last, _)| last.id) else {
            self.stage = Stage::End;
            let unlisted = desk.unlisted().await?.into_iter();
            let unlisted =
                unlisted.map(|one| self.damaged("device", one.device.to_string(), one.cause));
            let mut lines: Vec<_> = unlisted.collect();
            lines.push(LineJson::End(self.total.clone()));
            return Ok(lines);
        };
        self.stage = Stage::Devices(Some(last));
        let mut lines = Vec::with_capacity(page.len());
        for (row, posture) in &page {
            let device = self.office.whole(row, posture).await?;
            lines.push(LineJson::Device(Box::new(device)));
        }
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        self.total.devices = self.total.devices.saturating_add(count);
        Ok(lines)
    }

    /// The line for something that is on record and cannot be read.
    fn damaged(&mut self, what: &str, name: String, why: String) -> LineJson {
        self.total.damaged = self.total.damaged.saturating_add(1);
        LineJson::Damaged(DamagedJson {
            what: what.to_owned(),
            name,
            why,
        })
    }
}
