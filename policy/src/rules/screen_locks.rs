//! M2: the screen locks by itself, and soon.
//!
//! Touches the locks of the sessions at the screen. Must never pass a session of which the lock could
//! not be told because another one locks.

use super::{Case, Found, Rule, remedy_for};
use crate::facts::{Desktop, Evidence, ScreenLock};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};
use crate::time::Span;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "screen-locks",
    clause: Clause {
        promise: "M2",
        edition_2013: "A.6.2.1(2)",
        edition_2022: "8.1",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// How long after the last input the screen must be locked at the latest.
    pub max_delay: Span,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_delay: Span::from_secs(15 * 60),
        }
    }
}

/// What one session comes to, the worst last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It locks in time, after so many seconds.
    Good(u32),
    Untold,
    /// It locks too late, after so many seconds.
    Late(u32),
    Never,
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case.facts.platform.fact(|platform| &platform.screen_locks) {
            Reading::Known(locks) => self.conclude(locks),
            Reading::Absent => Found::new(
                Outcome::NotApplicable,
                Message::new("screen-locks-no-desktop"),
            ),
            Reading::Unknown(why) => {
                let cause = Message::new("screen-locks-unknown").because(&why);
                Found::new(Outcome::Unknown, cause).mended_by(remedy_for(&why))
            }
        }
    }

    fn conclude(&self, locks: &[ScreenLock]) -> Found {
        let weighed = locks.iter().map(|lock| (self.weigh(lock), lock));
        let Some((weight, lock)) = weighed.max_by(|one, other| one.0.cmp(&other.0)) else {
            let cause = Message::new("screen-locks-nobody");
            return Found::new(Outcome::NotApplicable, cause).for_now();
        };
        let max = self.max_delay.secs();
        let say = |key: &'static str, secs: i64| {
            Message::new(key)
                .with("user", lock.user.as_str())
                .with("minutes", (secs / 60).to_string())
                .with("seconds", (secs % 60).to_string())
                .with("max", (max / 60).to_string())
        };
        let set = || {
            Message::new("screen-locks-fix")
                .with("desktop", lock.desktop.name())
                .with("max", (max / 60).to_string())
        };
        let found = match (&weight, &lock.locks_after_secs) {
            (Weight::Good(secs), _) => {
                Found::new(Outcome::Pass, say("screen-locks-ok", i64::from(*secs)))
            }
            (Weight::Late(secs), _) => {
                let cause = say("screen-locks-late", i64::from(*secs));
                Found::new(Outcome::Fail, cause).mended_by(set())
            }
            (Weight::Never, _) => {
                Found::new(Outcome::Fail, say("screen-locks-never", 0)).mended_by(set())
            }
            (Weight::Untold, Reading::Unknown(why)) => untold(lock, why),
            (Weight::Untold, _) => untold(lock, &Why::NotAsked),
        };
        found.resting_on(locks.iter().flat_map(seen))
    }

    fn weigh(&self, lock: &ScreenLock) -> Weight {
        match &lock.locks_after_secs {
            Reading::Known(secs) if i64::from(*secs) <= self.max_delay.secs() => {
                Weight::Good(*secs)
            }
            Reading::Known(secs) => Weight::Late(*secs),
            Reading::Absent => Weight::Never,
            Reading::Unknown(_) => Weight::Untold,
        }
    }
}

fn untold(lock: &ScreenLock, why: &Why) -> Found {
    let cause = Message::new("screen-locks-session-unknown")
        .with("user", lock.user.as_str())
        .because(why);
    // Homes are closed to others: the user can look, or the company can lock the setting.
    let remedy = if let Why::NotPermitted(_) = why {
        Message::new("screen-locks-hidden-fix").with("desktop", lock.desktop.name())
    } else if lock.desktop == Desktop::Other {
        Message::new("screen-locks-other-fix")
    } else if let (Desktop::Windows, Why::Unsupported(_)) = (lock.desktop, why) {
        Message::new("screen-locks-saver-fix")
    } else if let Why::Unsupported(_) = why {
        Message::new("screen-locks-directory-fix")
    } else {
        remedy_for(why)
    };
    Found::new(Outcome::Unknown, cause).mended_by(remedy)
}

fn seen(lock: &ScreenLock) -> Vec<Evidence> {
    let said = match &lock.locks_after_secs {
        Reading::Known(secs) => format!("after {secs} s"),
        Reading::Absent => "never".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    };
    let source = format!("{} ({}): locks", lock.user, lock.desktop.name());
    let mut seen = vec![Evidence::new(source, said)];
    seen.extend(lock.evidence.iter().cloned());
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Platform};
    use crate::rules::testing::{approved, case, check};

    fn lock(user: &str, desktop: Desktop, locks_after_secs: Reading<u32>) -> ScreenLock {
        ScreenLock {
            user: user.to_owned(),
            desktop,
            locks_after_secs,
            evidence: vec![Evidence::new("/run/systemd/sessions/2", "wayland ubuntu")],
        }
    }

    fn examine(screen_locks: Reading<Vec<ScreenLock>>) -> Found {
        let facts = Facts {
            platform: Reading::Known(Platform {
                screen_locks,
                ..Platform::not_asked()
            }),
            ..Facts::not_asked()
        };
        Parameters::default().examine(&case(&facts, &approved()))
    }

    #[track_caller]
    fn finds(locks: &[ScreenLock], outcome: Outcome, says: &str) {
        check(&examine(Reading::Known(locks.to_vec())), outcome, says);
    }

    #[test]
    fn a_screen_must_lock_and_no_later_than_the_policy_says() {
        let gnome = |secs| lock("aiko", Desktop::Gnome, secs);
        finds(&[gnome(Reading::Known(900))], Outcome::Pass, "15 min");
        finds(&[gnome(Reading::Known(901))], Outcome::Fail, "15 min 1 s");
        finds(&[gnome(Reading::Absent)], Outcome::Fail, "never locks");
        finds(&[gnome(Reading::Absent)], Outcome::Fail, "Privacy");
        let kde = lock("aiko", Desktop::Kde, Reading::Absent);
        finds(&[kde], Outcome::Fail, "Screen Locking");
    }

    #[test]
    fn the_worst_session_decides_and_one_that_is_hidden_is_no_pass() {
        let good = lock("aiko", Desktop::Gnome, Reading::Known(300));
        let hidden = Reading::Unknown(Why::NotPermitted("/home/ken/.config/dconf/user".to_owned()));
        let hidden = lock("ken", Desktop::Gnome, hidden);
        let never = lock("mari", Desktop::Kde, Reading::Absent);
        finds(
            &[good.clone(), hidden.clone()],
            Outcome::Unknown,
            "dconf update",
        );
        finds(&[hidden.clone(), good.clone()], Outcome::Unknown, "ken");
        finds(&[never, hidden, good], Outcome::Fail, "mari");
        let other = Reading::Unknown(Why::Unsupported("sway".to_owned()));
        finds(
            &[lock("aiko", Desktop::Other, other)],
            Outcome::Unknown,
            "use GNOME or KDE",
        );
        let saver = Reading::Unknown(Why::Unsupported("SCRNSAVE.EXE".to_owned()));
        finds(
            &[lock("aiko", Desktop::Windows, saver)],
            Outcome::Unknown,
            "Choose a screen saver",
        );
        let joined = Reading::Unknown(Why::Unsupported("no home of uid 70000".to_owned()));
        finds(
            &[lock("aiko", Desktop::Gnome, joined)],
            Outcome::Unknown,
            "directory",
        );
    }

    #[test]
    fn where_nobody_sits_at_a_screen_the_rule_does_not_apply() {
        check(
            &examine(Reading::Absent),
            Outcome::NotApplicable,
            "no desktop",
        );
        check(
            &examine(Reading::Known(vec![])),
            Outcome::NotApplicable,
            "Nobody",
        );
        let stuck = Reading::Unknown(Why::TimedOut("2 s".to_owned()));
        check(&examine(stuck), Outcome::Unknown, "2 s");
    }
}
