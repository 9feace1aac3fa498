//! The policies that were in force: their list, their texts, what differs between two of them.
//!
//! Touches the admin interface, and files that are compared. Must never show one version for another.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sekisho_policy::document::{PolicyError, differences};
use sekisho_policy::id::Fingerprint;

use super::file::read;
use crate::admin::json::policy::{
    DifferenceJson, DifferencesJson, PoliciesJson, PolicyHeadJson, PolicyJson,
};
use crate::cli::common::Common;
use crate::cli::failure::Failure;
use crate::cli::paper::{Cell, Ink, Paper, json};
use crate::client::Answer;
use crate::response::ResponseError;

/// A policy by its version or its file.
#[derive(Debug, Clone)]
pub(super) enum Named {
    Version(u64),
    File(PathBuf),
}

impl FromStr for Named {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let version = name.parse().map(Self::Version);
        Ok(version.unwrap_or_else(|_| Self::File(Path::new(name).to_owned())))
    }
}

/// The policy of a version, or the one in force.
pub(super) async fn fetch(
    common: &Common,
    version: Option<u64>,
) -> Result<Answer<PolicyJson>, Failure> {
    let path = version.map_or_else(
        || "/v1/policy".to_owned(),
        |version| format!("/v1/policies/{version}"),
    );
    Ok(common.client().fetch(&path).await?)
}

pub(super) async fn show(common: &Common, version: Option<u64>) -> Result<(), Failure> {
    let answer = fetch(common, version).await?;
    if common.json {
        json(&answer.raw);
    } else {
        let mut paper = common.paper();
        paper.raw(answer.shape.text.trim_end());
        paper.print();
    }
    Ok(())
}

pub(super) async fn log(common: &Common) -> Result<(), Failure> {
    let answer = common
        .client()
        .fetch::<PoliciesJson>("/v1/policies")
        .await?;
    if common.json {
        json(&answer.raw);
        return Ok(());
    }
    let mut paper = common.paper();
    let rows = answer.shape.policies.iter();
    let rows: Vec<_> = rows.map(|head| row(&paper, head)).collect();
    let headings = [
        "admin-version",
        "admin-when",
        "admin-by",
        "admin-digest",
        "admin-changes",
    ];
    paper.table(&headings, &rows);
    if answer
        .shape
        .policies
        .last()
        .is_some_and(|oldest| oldest.version > 1)
    {
        paper.raw("");
        paper.line("admin-policies-earlier", &[]);
    }
    paper.print();
    Ok(())
}

pub(super) async fn diff(
    common: &Common,
    one: &Named,
    other: Option<&Named>,
) -> Result<(), Failure> {
    let (before, after) = match (one, other) {
        // A draft is what comes after what is in force.
        (Named::File(file), None) => (in_force(common).await?, read(file)?),
        (Named::Version(_), None) => (text(common, one).await?, in_force(common).await?),
        (_, Some(other)) => (text(common, one).await?, text(common, other).await?),
    };
    let bad = |error: PolicyError| ResponseError::BadPolicy(error.to_string());
    let found = differences(&before, &after).map_err(bad)?;
    let fingerprint = |text: &str| Fingerprint::of(text.as_bytes()).to_string();
    let differences = DifferencesJson {
        from: fingerprint(&before),
        to: fingerprint(&after),
        differences: found.into_iter().map(DifferenceJson::from).collect(),
    };
    if common.json {
        json(&differences);
        return Ok(());
    }
    let mut paper = common.paper();
    print(&mut paper, &differences);
    paper.print();
    Ok(())
}

async fn in_force(common: &Common) -> Result<String, Failure> {
    Ok(fetch(common, None).await?.shape.text)
}

async fn text(common: &Common, named: &Named) -> Result<String, Failure> {
    match named {
        Named::File(file) => read(file),
        Named::Version(version) => Ok(fetch(common, Some(*version)).await?.shape.text),
    }
}

fn row(paper: &Paper, head: &PolicyHeadJson) -> Vec<Cell> {
    let at = head.applied_at.map(|at| at.to_string());
    let short: String = head.fingerprint.chars().take(16).collect();
    let changes = match head.reverts {
        Some(version) => {
            let version = version.to_string();
            paper.say("admin-reverts", &[("version", &version)])
        }
        None if head.summary.is_empty() => "-".to_owned(),
        None => head.summary.clone(),
    };
    vec![
        Cell::plain(&head.version.to_string()),
        Cell::plain(&at.unwrap_or_else(|| "-".to_owned())),
        Cell::plain(&head.applied_by),
        Cell::plain(&short),
        Cell::plain(&changes),
    ]
}

fn print(paper: &mut Paper, differences: &DifferencesJson) {
    if differences.differences.is_empty() {
        let key = if differences.from == differences.to {
            "admin-diff-same"
        } else {
            "admin-diff-comments"
        };
        paper.line(key, &[]);
        return;
    }
    for one in &differences.differences {
        paper.raw(&sekisho_policy::words::shown(&one.key));
        let gone = one.was.iter().chain(&one.removed);
        for (sign, text, ink) in gone.map(|text| ('-', text, Ink::Bad)).chain(
            one.is
                .iter()
                .chain(&one.added)
                .map(|text| ('+', text, Ink::Good)),
        ) {
            let text = sekisho_policy::words::shown(text);
            paper.inked_line(&format!("  {sign} {text}"), ink);
        }
    }
}
