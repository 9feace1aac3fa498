//! Security updates of Windows that are out and not installed, by what Windows itself last found.
//!
//! Touches nothing but through `ask` and `registry`. Must never search anew, which takes minutes and the network, and never
//! take what was found for the whole truth without the day of the search.
//!
//! What was found is what an offline search of the Windows Update Agent gives (`IUpdateSearcher::Online`), dated by the last
//! search of Windows' own that was answered, in UTC (`IAutomaticUpdatesResults::LastSearchSuccessDate`). What is security is
//! told by the categories ("WSUS Classification GUIDs") and by `IUpdate::MsrcSeverity`. A restart is due where
//! `ISystemInformation::RebootRequired` says so, or the servicing of the system has left its mark.

#[cfg_attr(windows, path = "ask/updates.rs")]
#[cfg_attr(not(windows), path = "ask/no_updates.rs")]
mod ask;

use std::path::Path;

use sekisho_policy::facts::{Evidence, PackageSource, PendingUpdate, Updates};
use sekisho_policy::limits::PENDING_UPDATES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::registry::{self, Hive, Question};
use crate::ask::AskError;
use crate::sensors::Root;

/// Who is asked.
const AGENT: &str = "Windows Update Agent";
/// The names of the answers in a capture.
const SEARCH: &str = "updates/search.json";
const RESTART: &str = "updates/restart.json";
const SERVICING: Question = Question {
    name: "servicing",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing",
    below: true,
    values: &[],
};
/// The key that is there from an update of the system's own parts until the restart that ends it.
const MARK: &str = "RebootPending";

/// `orcSucceeded`.
const SUCCEEDED: i32 = 2;
/// The categories "Security Updates" and "Critical Updates".
const SECURITY: [&str; 2] = [
    "0fa1201d-4330-4fa8-8ae9-b877473b6441",
    "e6cf1350-c01b-414d-a61f-263d14d133b4",
];
/// "Definition Updates", which the rule of the antivirus looks after.
const DEFINITIONS: &str = "e0789628-ce08-4437-be74-2495b842f43b";
/// 1970-01-01, as days since 1899-12-30, and the days that a date may lie behind it.
const EPOCH_DAYS: f64 = 25_569.0;
const DAYS_MAX: f64 = 100_000.0;
const MS_OF_DAY: f64 = 86_400_000.0;

/// What the last search found.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    /// When Windows last searched by itself and was answered: days since 1899-12-30 in UTC.
    searched: Option<f64>,
    /// How the look into what it found ended (`OperationResultCode`).
    code: i32,
    /// How many updates there are, which may be more than are told.
    count: i32,
    /// Updates that are not installed.
    missing: Vec<Missing>,
}

/// An update that is not installed. Its title is in the language of the system and is not asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Missing {
    id: String,
    articles: Vec<String>,
    categories: Vec<String>,
    severity: String,
}

/// Reads what is missing.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Updates> {
    let answer = answer(root, SEARCH, ask::search);
    let told = answer
        .map_err(|error| error.why())
        .and_then(|search| updates(root, &search));
    told.map_or_else(Reading::Unknown, Reading::Known)
}

fn answer<T: Serialize + serde::de::DeserializeOwned>(
    root: &Root,
    name: &str,
    asking: fn() -> Result<T, AskError>,
) -> Result<T, AskError> {
    let broken = |error: serde_json::Error| AskError::from_io(Path::new(AGENT), error.into());
    let bytes = root.answer(name, || serde_json::to_vec(&asking()?).map_err(broken))?;
    serde_json::from_slice(&bytes).map_err(broken)
}

fn updates(root: &Root, search: &Search) -> Result<Updates, Why> {
    let unreadable = |what: String| Why::Unreadable(format!("{AGENT}: {what}"));
    if search.code != SUCCEEDED {
        let code = search.code;
        return Err(unreadable(format!(
            "its look at the last search ended with {code}"
        )));
    }
    if usize::try_from(search.count) != Ok(search.missing.len()) {
        let what = format!("{AGENT}: {} updates", search.count);
        return Err(Why::TooLarge(what));
    }
    let searched = search.searched.and_then(time_of);
    let listed_at = searched.ok_or_else(|| {
        unreadable("it does not tell when Windows last searched for updates".to_owned())
    })?;
    let mut pending: Vec<PendingUpdate> = search
        .missing
        .iter()
        .filter(|update| update.is_security())
        .map(Missing::pending)
        .collect();
    pending.sort_unstable();
    pending.dedup();
    let count = u32::try_from(pending.len()).unwrap_or(u32::MAX);
    pending.truncate(PENDING_UPDATES_MAX);
    let mut evidence = vec![Evidence::new(
        format!("{AGENT}: not installed"),
        search.count.to_string(),
    )];
    Ok(Updates {
        source: PackageSource::WindowsUninstall,
        listed_at,
        count,
        pending,
        restart_needed: restart(root, &mut evidence),
        evidence,
    })
}

/// Whether either of them waits for a restart.
fn restart(root: &Root, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    let told = match answer(root, RESTART, ask::restart_needed) {
        Ok(needed) => Reading::Known(needed),
        Err(error) => Reading::Unknown(error.why()),
    };
    let marked = match registry::ask(root, &SERVICING) {
        Ok(parts) => {
            Reading::Known(parts.keys.contains_key(MARK) || parts.refused.contains_key(MARK))
        }
        Err(AskError::Missing(_)) => Reading::Known(false),
        Err(error) => Reading::Unknown(error.why()),
    };
    for (source, reading) in [("RebootRequired", &told), (MARK, &marked)] {
        if let Reading::Known(needed) = reading {
            evidence.push(Evidence::new(source, needed.to_string()));
        }
    }
    match (told, marked) {
        (Reading::Known(true), _) | (_, Reading::Known(true)) => Reading::Known(true),
        (Reading::Known(false), other) => other,
        (other, _) => other,
    }
}

impl Missing {
    fn is_security(&self) -> bool {
        let is = |guid: &str| {
            let mut all = self.categories.iter();
            all.any(|category| category.trim_matches(['{', '}']).eq_ignore_ascii_case(guid))
        };
        !is(DEFINITIONS) && (SECURITY.into_iter().any(is) || !self.severity.is_empty())
    }

    /// By the number of its article, which is the same in every language.
    fn pending(&self) -> PendingUpdate {
        let article = self.articles.first().filter(|article| !article.is_empty());
        PendingUpdate {
            name: article.map_or_else(|| self.id.clone(), |number| format!("KB{number}")),
            architecture: String::new(),
            installed: String::new(),
            available: self.id.clone(),
        }
    }
}

/// A time as OLE has it.
fn time_of(days: f64) -> Option<Timestamp> {
    let since = days - EPOCH_DAYS;
    // Before it there was no such laptop: a date of nothing is one of those.
    if !(since > 0.0 && since < DAYS_MAX) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is of a day within some centuries, and parts of a millisecond matter to nobody"
    )]
    let ms = (since * MS_OF_DAY).round() as i64;
    Some(Timestamp(ms))
}

#[cfg(test)]
mod tests;
