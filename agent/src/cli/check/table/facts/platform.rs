//! The platform for people: one line for each fact.
//!
//! Touches nothing. Must never show one fact for another's want of an answer.

use sekisho_policy::facts::{Platform, Updates};
use sekisho_policy::reading::Reading;
use sekisho_policy::words::{self, Language, shown, text};

use crate::cli::zone::Zone;

/// One line for each fact.
pub(super) fn lines(platform: &Platform, language: Language, zone: &Zone) -> Vec<String> {
    let Platform { release, updates } = platform;
    vec![
        line("check-release", release, language, |release| {
            shown(&release.name).into_owned()
        }),
        line("check-updates", updates, language, |known| {
            pending(known, language, zone)
        }),
    ]
}

fn line<T>(
    label: &str,
    reading: &Reading<T>,
    language: Language,
    say: impl FnOnce(&T) -> String,
) -> String {
    let said = match reading {
        Reading::Known(known) => say(known),
        Reading::Absent => text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    };
    format!("{}: {said}", text(language, label, &[]))
}

fn pending(updates: &Updates, language: Language, zone: &Zone) -> String {
    let restart = match updates.restart_needed {
        Reading::Known(true) => "yes",
        Reading::Known(false) | Reading::Absent | Reading::Unknown(_) => "no",
    };
    text(
        language,
        "check-updates-pending",
        &[
            ("count", &updates.count.to_string()),
            ("at", &zone.show(updates.listed_at)),
            ("restart", restart),
        ],
    )
}
