//! The platform for people: one line for each fact.
//!
//! Touches nothing. Must never show one fact for another's want of an answer.

use sekisho_policy::facts::{Administrators, Firewall, Platform, ScreenLock, Tpm, Updates};
use sekisho_policy::reading::Reading;
use sekisho_policy::words::{self, Language, shown, text};

use crate::cli::zone::Zone;

/// One line for each fact.
pub(super) fn lines(platform: &Platform, language: Language, zone: &Zone) -> Vec<String> {
    let Platform {
        release,
        updates,
        screen_locks,
        firewall,
        secure_boot,
        tpm,
        administrators,
        // The agent tells that itself, in `status`.
        agent: _,
    } = platform;
    vec![
        line("check-release", release, language, |release| {
            shown(&release.name).into_owned()
        }),
        line("check-updates", updates, language, |known| {
            pending(known, language, zone)
        }),
        line("check-screen", screen_locks, language, |locks| {
            screens(locks, language)
        }),
        line("check-firewall", firewall, language, |firewall| {
            doors(firewall, language)
        }),
        line("check-secure-boot", secure_boot, language, |secure| {
            let key = if secure.enabled {
                "check-on"
            } else {
                "check-off"
            };
            text(language, key, &[])
        }),
        line("check-tpm", tpm, language, |tpm| chip(tpm, language)),
        line("check-administrators", administrators, language, names),
    ]
}

pub(super) fn line<T>(
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

fn screens(locks: &[ScreenLock], language: Language) -> String {
    if locks.is_empty() {
        return text(language, "check-screen-nobody", &[]);
    }
    let each = locks.iter().map(|lock| {
        let user = lock.user.as_str();
        match &lock.locks_after_secs {
            Reading::Known(secs) => {
                let (minutes, seconds) = ((secs / 60).to_string(), (secs % 60).to_string());
                let args = [("user", user), ("minutes", &minutes), ("seconds", &seconds)];
                text(language, "check-screen-after", &args)
            }
            Reading::Absent => text(language, "check-screen-never", &[("user", user)]),
            Reading::Unknown(why) => {
                let why = words::why(language, why);
                text(
                    language,
                    "check-screen-unknown",
                    &[("user", user), ("why", &why)],
                )
            }
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

fn doors(firewall: &Firewall, language: Language) -> String {
    let said = |reading: &Reading<bool>| match reading {
        Reading::Known(true) => text(language, "check-refused", &[]),
        Reading::Known(false) => text(language, "check-accepted", &[]),
        Reading::Absent => text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    };
    let (ipv4, ipv6) = (said(&firewall.ipv4), said(&firewall.ipv6));
    let args = [("ipv4", ipv4.as_str()), ("ipv6", &ipv6)];
    text(language, "check-firewall-both", &args)
}

fn chip(tpm: &Tpm, language: Language) -> String {
    match &tpm.version {
        Reading::Known(1) => "1.2".to_owned(),
        Reading::Known(version) => format!("{version}.0"),
        Reading::Absent => text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    }
}

fn names(administrators: &Administrators) -> String {
    let each = administrators.accounts.iter().map(|account| {
        let name = shown(&account.name);
        match account.groups.as_slice() {
            [] => name.into_owned(),
            groups => format!("{name} ({})", groups.join(", ")),
        }
    });
    each.collect::<Vec<_>>().join(", ")
}
