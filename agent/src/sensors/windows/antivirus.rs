//! Antivirus of a Windows laptop: what the Security Center lists, and Microsoft Defender by its own word.
//!
//! Touches nothing but through `wmi`. Must never take the Security Center's one bit for a date, and never ask Defender
//! where another product is on: it may answer only after minutes there.

mod threats;

use sekisho_policy::facts::{AntivirusProduct, Definitions, Evidence};
use sekisho_policy::limits::ANTIVIRUS_PRODUCTS_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::wmi::{self, Question, Row, Value};
use crate::sensors::Root;

const CENTER: Question = Question {
    name: "security-center",
    namespace: r"ROOT\SecurityCenter2",
    class: "AntiVirusProduct",
    fields: &["displayName", "instanceGuid", "productState"],
    methods: &[],
    is_private: false,
};
const DEFENDER: Question = Question {
    name: "defender",
    namespace: r"ROOT\Microsoft\Windows\Defender",
    class: "MSFT_MpComputerStatus",
    fields: &[
        "AMEngineVersion",
        "AMRunningMode",
        "AMServiceEnabled",
        "AntivirusEnabled",
        "AntivirusSignatureLastUpdated",
        "AntivirusSignatureVersion",
        "ProductStatus",
        "RealTimeProtectionEnabled",
    ],
    methods: &[],
    is_private: false,
};

/// Defender's own in the list.
const DEFENDER_GUID: &str = "{d68ddc3a-831f-4fae-9e44-da132c1acf46}";
const MICROSOFT: &str = "Microsoft";

/// `productState`, by the fields of the structure behind it: which of the products is on, and whether its
/// definitions are current by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    on: Option<bool>,
    current: Option<bool>,
}

impl State {
    const fn of(number: i64) -> Self {
        Self {
            on: match number & 0xf000 {
                0x1000 => Some(true),
                0x0000 | 0x2000 | 0x3000 => Some(false),
                _ => None,
            },
            current: match number & 0xf0 {
                0x00 => Some(true),
                0x10 => Some(false),
                _ => None,
            },
        }
    }
}

/// Reads every product of the machine.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<AntivirusProduct>> {
    let listed = match wmi::ask(root, &CENTER) {
        Ok(listed) => listed,
        // A server has no Security Center; what is on it is not listed anywhere.
        Err(error) => return Reading::Unknown(error.why()),
    };
    if listed.is_empty() {
        return Reading::Absent;
    }
    if listed.len() > ANTIVIRUS_PRODUCTS_MAX {
        let what = format!(
            "{} products; the limit is {ANTIVIRUS_PRODUCTS_MAX}",
            listed.len()
        );
        return Reading::Unknown(Why::TooLarge(what));
    }
    let another_is_on = listed
        .iter()
        .any(|row| !is_defender(row) && state(row).is_some_and(|state| state.on == Some(true)));
    let products = listed.iter().map(|row| match is_defender(row) {
        true if !another_is_on => defender(root, row),
        true | false => by_the_list(row),
    });
    Reading::Known(products.collect())
}

fn is_defender(row: &Row) -> bool {
    row.text("instanceGuid")
        .is_some_and(|guid| guid.eq_ignore_ascii_case(DEFENDER_GUID))
}

fn state(row: &Row) -> Option<State> {
    row.number("productState").map(State::of)
}

/// A product of which only the list tells.
fn by_the_list(row: &Row) -> AntivirusProduct {
    let name = row
        .text("displayName")
        .unwrap_or("antivirus without a name");
    let vendor = if is_defender(row) { MICROSOFT } else { "" };
    let state = state(row);
    let on = state.and_then(|state| state.on);
    let on = || match on {
        Some(on) => Reading::Known(on),
        None => Reading::Unknown(Why::Unreadable(
            "the Security Center does not tell whether it is on".to_owned(),
        )),
    };
    let said = match state.and_then(|state| state.current) {
        Some(true) => "the Security Center calls its definitions current and gives no date",
        Some(false) => "the Security Center calls its definitions out of date and gives no date",
        None => "the Security Center says nothing of its definitions",
    };
    AntivirusProduct {
        running: on(),
        realtime: on(),
        definitions: Reading::Unknown(Why::Unsupported(said.to_owned())),
        evidence: listed_as(row),
        ..AntivirusProduct::named(name, vendor)
    }
}

fn listed_as(row: &Row) -> Vec<Evidence> {
    let number = row.number("productState");
    let shown =
        number.map(|number| Evidence::new("AntiVirusProduct productState", format!("{number:#x}")));
    shown.into_iter().collect()
}

/// Defender, where it is the one in charge.
fn defender(root: &Root, row: &Row) -> AntivirusProduct {
    let rows = match wmi::ask(root, &DEFENDER) {
        Ok(rows) => rows,
        Err(error) => return unasked(row, error.why()),
    };
    let Some(status) = rows.first() else {
        let why = "MSFT_MpComputerStatus has no instance";
        return unasked(row, Why::Unreadable(why.to_owned()));
    };
    let flag = |field: &str| match status.fields.get(field) {
        Some(Value::Flag(flag)) => Reading::Known(*flag),
        Some(Value::Number(_) | Value::Text(_) | Value::Texts(_)) | None => missing(field),
    };
    // Passive beside another product, or blocking only what another missed.
    let mode = status.text("AMRunningMode");
    let realtime = match (mode, flag("RealTimeProtectionEnabled")) {
        (None | Some("Normal"), told) => told,
        (Some(_), _) => Reading::Known(false),
    };
    let running = match (flag("AMServiceEnabled"), flag("AntivirusEnabled")) {
        (Reading::Known(service), Reading::Known(engine)) => Reading::Known(service && engine),
        (Reading::Known(_) | Reading::Absent, unknown) | (unknown, _) => unknown,
    };
    let mut evidence = listed_as(row);
    for (field, value) in &status.fields {
        let value = match value {
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Texts(texts) => texts.join(", "),
        };
        evidence.push(Evidence::new(
            format!("MSFT_MpComputerStatus {field}"),
            value,
        ));
    }
    AntivirusProduct {
        engine_version: status
            .text("AMEngineVersion")
            .map_or(Reading::Absent, |version| {
                Reading::Known(version.to_owned())
            }),
        running,
        realtime,
        definitions: definitions(status),
        detections: threats::read(root),
        evidence,
        ..AntivirusProduct::named("Microsoft Defender", MICROSOFT)
    }
}

fn unasked(row: &Row, why: Why) -> AntivirusProduct {
    AntivirusProduct {
        definitions: Reading::Unknown(why.clone()),
        detections: Reading::Unknown(why),
        ..by_the_list(row)
    }
}

fn missing<T>(field: &str) -> Reading<T> {
    let why = format!("MSFT_MpComputerStatus has no {field}");
    Reading::Unknown(Why::Unreadable(why))
}

fn definitions(status: &Row) -> Reading<Definitions> {
    let Some(version) = status.text("AntivirusSignatureVersion") else {
        return missing("AntivirusSignatureVersion");
    };
    match status
        .text("AntivirusSignatureLastUpdated")
        .and_then(time_of)
    {
        Some(built_at) => Reading::Known(Definitions {
            version: version.to_owned(),
            built_at,
        }),
        None => missing("AntivirusSignatureLastUpdated that is a time"),
    }
}

/// A time as WMI writes it: `yyyymmddHHMMSS.mmmmmm+UUU`, the offset from UTC in minutes.
fn time_of(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(8)?;
    let (year, month_and_day) = day.split_at_checked(4)?;
    let (month, day) = month_and_day.split_at_checked(2)?;
    let midnight = Timestamp::of_date(&format!("{year}-{month}-{day}"))?;
    let (clock, rest) = rest.split_at_checked(6)?;
    let number = |from: usize, to: usize| {
        let digits = clock.get(from..to)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| digits.parse::<i64>().ok())?
    };
    let (hours, minutes, seconds) = (number(0, 2)?, number(2, 4)?, number(4, 6)?);
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let sign = rest.find(['+', '-'])?;
    let offset: i64 = rest.get(sign..)?.parse().ok()?;
    // No place is farther from UTC than a day.
    if !(-24 * 60..=24 * 60).contains(&offset) {
        return None;
    }
    let into_day = (hours * 60 + minutes - offset) * 60 + seconds;
    Some(Timestamp(
        midnight.0.saturating_add(into_day.saturating_mul(1000)),
    ))
}

#[cfg(test)]
mod tests;
