//! What is to be shown, by what was shown before: each thing once, again when it gets worse, and daily
//! when it is overdue. What comes and goes within the hour is shown once.
//!
//! Touches nothing. Must never stay silent about an isolation.

use std::collections::BTreeMap;

use sekisho_policy::time::{Span, Timestamp};
use sekisho_policy::words::{self, Language};
use sekisho_proto::json::{FindingJson, MessageJson};

use crate::limits::{NOTICE_CALM_SECS, NOTICE_REMINDER_SECS};
use crate::shell::NewsAnswer;

/// What a notification is about; a later one takes the place of an earlier one about the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// The order in force.
    Access,
    /// A rule.
    Rule(String),
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// In order again.
    Free,
    /// A rule will be broken soon.
    Soon,
    /// A rule is broken, and there is time to mend it.
    Broken,
    /// The time to mend it is over.
    Overdue,
    /// The laptop is cut off in part.
    Restricted,
    /// The laptop is cut off.
    Isolated,
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) subject: Subject,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) body: String,
}

/// What is to be done in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    /// Show it.
    Show(Notice),
    /// Take away what was shown of it: it is mended.
    Close(Subject),
}

#[derive(Debug, Clone, Copy)]
struct Told {
    kind: Kind,
    at: Timestamp,
    /// Whether it is still so.
    holds: bool,
}

/// What was shown.
#[derive(Debug, Default)]
pub(super) struct Notices {
    told: BTreeMap<Subject, Told>,
    /// What was last shown of the order in force.
    access: Option<(Kind, String)>,
}

impl Notices {
    /// What is to be shown and taken away now.
    pub(super) fn due(
        &mut self,
        news: &NewsAnswer,
        now: Timestamp,
        language: Language,
        show_time: &impl Fn(Timestamp) -> String,
    ) -> Vec<Say> {
        let mut says = Vec::new();
        if let Some(notice) = self.access(news, language, show_time) {
            says.push(Say::Show(notice));
        }
        let mut standing = Vec::new();
        let Some(findings) = &news.findings else {
            return says;
        };
        for finding in findings {
            let subject = Subject::Rule(finding.rule.clone());
            let kind = kind(finding, now);
            if self.is_due(&subject, kind, now) {
                says.push(Say::Show(notice(finding, kind, language, show_time)));
            }
            standing.push(subject);
        }
        for (subject, told) in &mut self.told {
            if told.holds && *subject != Subject::Access && !standing.contains(subject) {
                told.holds = false;
                says.push(Say::Close(subject.clone()));
            }
        }
        says
    }

    /// It was shown.
    pub(super) fn told(&mut self, notice: &Notice, at: Timestamp) {
        let told = Told {
            kind: notice.kind,
            at,
            holds: true,
        };
        if notice.subject == Subject::Access {
            self.access = Some((notice.kind, notice.body.clone()));
        }
        self.told.insert(notice.subject.clone(), told);
    }

    fn is_due(&mut self, subject: &Subject, kind: Kind, now: Timestamp) -> bool {
        let Some(told) = self.told.get_mut(subject) else {
            return true;
        };
        let ago = now.since(told.at);
        // A clock that was set back must not silence anything for longer than it would be anyway.
        let ago = if ago < Span(0) { Span(i64::MAX) } else { ago };
        if kind > told.kind {
            return true;
        }
        if told.holds {
            return kind == Kind::Overdue && ago >= Span::from_secs(NOTICE_REMINDER_SECS);
        }
        let due = ago >= Span::from_secs(NOTICE_CALM_SECS);
        // Until then it stands as it was told, so that it is taken away when it is mended.
        told.holds = !due;
        due
    }

    fn access(
        &self,
        news: &NewsAnswer,
        language: Language,
        show_time: &impl Fn(Timestamp) -> String,
    ) -> Option<Notice> {
        let kind = match news.access.as_str() {
            "full" => Kind::Free,
            "restricted" => Kind::Restricted,
            // A word that this version does not know is no word of freedom.
            _ => Kind::Isolated,
        };
        let name = match kind {
            Kind::Free => "free",
            Kind::Restricted => "restricted",
            Kind::Isolated | Kind::Soon | Kind::Broken | Kind::Overdue => "isolated",
        };
        let reason = news.reason.as_deref().unwrap_or_default();
        let say = |key: &str, args: &[(&str, &str)]| words::text(language, key, args);
        let mut body = say(&format!("notify-{name}-body"), &[("reason", reason)]);
        if let Some(until) = news.until {
            body.push('\n');
            body.push_str(&say("notify-until", &[("until", &show_time(until.0))]));
        }
        let before = self.access.as_ref();
        let same = before.map_or(kind == Kind::Free, |(before, said)| {
            // An isolation that takes the place of another may have another reason and another end.
            *before == kind && (kind == Kind::Free || *said == body)
        });
        (!same).then(|| Notice {
            subject: Subject::Access,
            kind,
            title: say(&format!("notify-{name}"), &[]),
            body,
        })
    }
}

fn kind(finding: &FindingJson, now: Timestamp) -> Kind {
    if !finding.counts {
        Kind::Soon
    } else if finding.due_at.is_none_or(|due| due.0 <= now) {
        Kind::Overdue
    } else {
        Kind::Broken
    }
}

fn notice(
    finding: &FindingJson,
    kind: Kind,
    language: Language,
    show_time: &impl Fn(Timestamp) -> String,
) -> Notice {
    let key = match kind {
        Kind::Soon => "notify-soon",
        Kind::Overdue => "notify-overdue",
        Kind::Broken | Kind::Free | Kind::Restricted | Kind::Isolated => "notify-broken",
    };
    let rule = match language {
        Language::En => &finding.title.en,
        Language::Ja => &finding.title.ja,
    };
    let in_language = |message: &MessageJson| match language {
        Language::En => message.en.clone(),
        Language::Ja => message.ja.clone(),
    };
    let mut lines = vec![in_language(&finding.cause)];
    lines.extend(finding.remedy.as_ref().map(in_language));
    if let (Kind::Broken, Some(due)) = (kind, finding.due_at) {
        let due = show_time(due.0);
        lines.push(words::text(language, "notify-due", &[("due", &due)]));
    }
    Notice {
        subject: Subject::Rule(finding.rule.clone()),
        kind,
        title: words::text(language, key, &[("rule", rule)]),
        body: lines.join("\n"),
    }
}
