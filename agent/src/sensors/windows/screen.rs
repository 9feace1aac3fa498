//! When the screens of a Windows laptop lock by themselves.
//!
//! Touches nothing but through `registry` and `users`. Must never take a screen saver that asks for no password for a
//! lock, and never leave out a user whose settings may not be read.
//!
//! The limit of the machine is the security option "Interactive logon: Machine inactivity limit": seconds, 0 for none, and it
//! locks by way of the screen saver. The settings of a user and those of a policy, which come first, are texts; a screen saver
//! runs only where one is named (policy CSP ADMX_ControlPanelDisplay, `CPL_Personalization_EnableScreenSaver`,
//! `_ScreenSaverIsSecure`, `_SetScreenSaver`, `_SetTimeout`). Behind its start a password is needed only after the grace of
//! Winlogon, 5 s where nothing is set (security baseline, MSS `ScreenSaverGracePeriod`).

use sekisho_policy::facts::{Desktop, Evidence, ScreenLock};
use sekisho_policy::limits::SESSIONS_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::registry::{self, DENIED, Hive, Key, Question, Value};
use super::users;
use crate::ask::AskError;
use crate::sensors::Root;

const ACTIVE: &str = "ScreenSaveActive";
const SECURE: &str = "ScreenSaverIsSecure";
const TIMEOUT: &str = "ScreenSaveTimeOut";
const PROGRAM: &str = "SCRNSAVE.EXE";
const VALUES: &[&str] = &[ACTIVE, SECURE, TIMEOUT, PROGRAM];

const OWN: Question = Question {
    name: "screen",
    hive: Hive::EachUser,
    path: r"Control Panel\Desktop",
    below: false,
    values: VALUES,
};
const POLICY: Question = Question {
    name: "screen-policy",
    hive: Hive::EachUser,
    path: r"Software\Policies\Microsoft\Windows\Control Panel\Desktop",
    below: false,
    values: VALUES,
};
const LIMIT: &str = "InactivityTimeoutSecs";
const MACHINE: Question = Question {
    name: "screen-machine",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System",
    below: false,
    values: &[LIMIT],
};
const GRACE: &str = "ScreenSaverGracePeriod";
const WINLOGON: Question = Question {
    name: "winlogon",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
    below: false,
    values: &[GRACE],
};
/// Seconds of grace where nothing is set.
const GRACE_USUAL: u64 = 5;

/// Reads the lock of everybody whose part of the registry is loaded.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<ScreenLock>> {
    match asked(root) {
        Ok(locks) if locks.len() > SESSIONS_MAX => Reading::Unknown(Why::TooLarge(format!(
            "{} users, at most {SESSIONS_MAX} are told",
            locks.len()
        ))),
        Ok(locks) => Reading::Known(locks),
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn asked(root: &Root) -> Result<Vec<ScreenLock>, AskError> {
    let loaded = users::loaded(root)?;
    if loaded.is_empty() {
        return Ok(Vec::new());
    }
    let names = users::profiles(root, &loaded)?;
    let own = registry::ask(root, &OWN)?;
    let policy = registry::ask(root, &POLICY)?;
    let mut evidence = Vec::new();
    let machine = limit(&asked_or_none(root, &MACHINE)?, &mut evidence);
    let grace = grace(&asked_or_none(root, &WINLOGON)?, &mut evidence);
    let locks = loaded.into_iter().map(|sid| {
        let mut evidence = evidence.clone();
        let settings = Settings::of(&sid, &own, &policy);
        let user = match &settings {
            Ok(settings) => settings.locks_after(&grace, &mut evidence),
            Err(why) => Reading::Unknown(why.clone()),
        };
        let runs = settings.and_then(|settings| settings.may_run());
        ScreenLock {
            user: names.get(&sid).cloned().unwrap_or(sid),
            desktop: Desktop::Windows,
            locks_after_secs: sooner(&machine, user, runs),
            evidence,
        }
    });
    Ok(locks.collect())
}

/// A key that need not be there.
fn asked_or_none(root: &Root, question: &Question) -> Result<Key, AskError> {
    match registry::ask(root, question) {
        Err(AskError::Missing(_)) => Ok(Key::default()),
        read => read,
    }
}

/// After how long the machine locks whoever is logged in.
fn limit(key: &Key, evidence: &mut Vec<Evidence>) -> Reading<u32> {
    let Some(value) = key.values.get(LIMIT) else {
        return Reading::Absent;
    };
    evidence.push(Evidence::new(format!("machine {LIMIT}"), value.shown()));
    match value {
        Value::Number(0) => Reading::Absent,
        Value::Number(secs) => seconds(*secs),
        Value::Text(_) | Value::Texts(_) | Value::Bytes(_) => unreadable(LIMIT, value),
    }
}

fn grace(key: &Key, evidence: &mut Vec<Evidence>) -> Reading<u32> {
    let Some(value) = key.values.get(GRACE) else {
        return seconds(GRACE_USUAL);
    };
    evidence.push(Evidence::new(format!("Winlogon {GRACE}"), value.shown()));
    match value {
        Value::Number(secs) => seconds(*secs),
        Value::Text(text) => parsed(text).map_or_else(|| unreadable(GRACE, value), seconds),
        Value::Texts(_) | Value::Bytes(_) => unreadable(GRACE, value),
    }
}

/// What is set for one user, and by whom.
struct Settings<'a> {
    own: Option<&'a Key>,
    policy: Option<&'a Key>,
}

impl<'a> Settings<'a> {
    fn of(sid: &str, own: &'a Key, policy: &'a Key) -> Result<Self, Why> {
        for (key, path) in [(policy, POLICY.path), (own, OWN.path)] {
            if let Some(code) = key.refused.get(sid) {
                let what = format!(r"HKEY_USERS\{sid}\{path}");
                return Err(match *code {
                    DENIED => Why::NotPermitted(what),
                    code => Why::Unreadable(format!("{what}: Windows error {code:#010x}")),
                });
            }
        }
        let (own, policy) = (own.keys.get(sid), policy.keys.get(sid));
        Ok(Self { own, policy })
    }

    fn value(&self, name: &str) -> Option<(&'static str, &'a Value)> {
        let of = |key: Option<&'a Key>| key.and_then(|key| key.values.get(name));
        let by_policy = of(self.policy).map(|value| ("policy", value));
        by_policy.or_else(|| of(self.own).map(|value| ("user", value)))
    }

    /// Whether screen savers run for this user at all: the machine's limit locks by way of one.
    fn may_run(&self) -> Result<(), Why> {
        match number(ACTIVE, self.value(ACTIVE)) {
            Reading::Known(0) => Err(Why::Unsupported(format!(
                "the machine's limit locks by the screen saver, and {ACTIVE} is 0"
            ))),
            Reading::Known(_) | Reading::Absent => Ok(()),
            Reading::Unknown(why) => Err(why),
        }
    }

    /// After how long the screen saver asks for a password.
    fn locks_after(&self, grace: &Reading<u32>, evidence: &mut Vec<Evidence>) -> Reading<u32> {
        for name in VALUES {
            if let Some((by, value)) = self.value(name) {
                evidence.push(Evidence::new(format!("{by} {name}"), value.shown()));
            }
        }
        let numbers = [SECURE, ACTIVE, TIMEOUT].map(|name| number(name, self.value(name)));
        let [secure, active, timeout] = numbers;
        let never = [&secure, &active, &timeout].contains(&&Reading::Known(0));
        // Without a word no password is asked for.
        if never || secure == Reading::Absent {
            return Reading::Absent;
        }
        let missing = |name: &str| Reading::Unknown(Why::Unreadable(format!("{name} is missing")));
        match (secure, active, timeout) {
            (Reading::Unknown(why), ..)
            | (_, Reading::Unknown(why), _)
            | (.., Reading::Unknown(why)) => Reading::Unknown(why),
            (Reading::Absent, ..) => missing(SECURE),
            (_, Reading::Absent, _) => missing(ACTIVE),
            (.., Reading::Absent) => missing(TIMEOUT),
            (Reading::Known(_), Reading::Known(_), Reading::Known(secs)) => {
                let program = self.value(PROGRAM).map(|(_, value)| value);
                match program {
                    Some(Value::Text(program)) if !program.trim().is_empty() => match grace {
                        Reading::Known(grace) => Reading::Known(secs.saturating_add(*grace)),
                        Reading::Absent => Reading::Known(secs),
                        Reading::Unknown(why) => Reading::Unknown(why.clone()),
                    },
                    // Some releases lock all the same; the documents say that nothing runs.
                    Some(_) | None => Reading::Unknown(Why::Unsupported(format!(
                        "a screen saver is on and none is named ({PROGRAM}), so whether it locks is not told"
                    ))),
                }
            }
        }
    }
}

/// Whichever locks first. What could not be read may be sooner, and never makes a lock that is there a later one.
fn sooner(machine: &Reading<u32>, user: Reading<u32>, runs: Result<(), Why>) -> Reading<u32> {
    let machine = match (machine, runs) {
        (Reading::Known(_), Err(why)) => Reading::Unknown(why),
        (told, _) => told.clone(),
    };
    match (machine, user) {
        (Reading::Known(one), Reading::Known(two)) => Reading::Known(one.min(two)),
        (Reading::Known(secs), _) | (_, Reading::Known(secs)) => Reading::Known(secs),
        (Reading::Unknown(why), _) | (_, Reading::Unknown(why)) => Reading::Unknown(why),
        (Reading::Absent, Reading::Absent) => Reading::Absent,
    }
}

/// A number that Windows keeps as a text.
fn number(name: &str, value: Option<(&'static str, &Value)>) -> Reading<u32> {
    match value {
        None => Reading::Absent,
        Some((_, value @ Value::Text(text))) => {
            parsed(text).map_or_else(|| unreadable(name, value), seconds)
        }
        Some((_, value)) => unreadable(name, value),
    }
}

fn parsed(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// As many as can be told; more are as good as never.
fn seconds(secs: u64) -> Reading<u32> {
    Reading::Known(u32::try_from(secs).unwrap_or(u32::MAX))
}

fn unreadable(name: &str, value: &Value) -> Reading<u32> {
    let what = format!("{name} is no number: {:?}", value.shown());
    Reading::Unknown(Why::Unreadable(what))
}

#[cfg(test)]
mod tests;
