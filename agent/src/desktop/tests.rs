//! What a session is shown as a laptop gets worse and better.
//!
//! Touches nothing.

use std::collections::BTreeMap;

use sekisho_policy::time::{Span, Timestamp};
use sekisho_policy::words::Language;
use sekisho_proto::json::{FindingJson, MessageJson, Time, TitleJson};

use super::notices::{Kind, Notices, Say, Subject};
use crate::shell::NewsAnswer;

const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);
const HOUR: Span = Span::from_hours(1);

fn sentence(en: &str, ja: &str) -> MessageJson {
    MessageJson {
        key: "key".to_owned(),
        args: BTreeMap::new(),
        en: en.to_owned(),
        ja: ja.to_owned(),
    }
}

fn finding(counts: bool, due_at: Option<Timestamp>) -> FindingJson {
    FindingJson {
        rule: "disk-encrypted".to_owned(),
        title: TitleJson {
            en: "Disk encryption".to_owned(),
            ja: "ディスクの暗号化".to_owned(),
        },
        exception: None,
        clause: None,
        outcome: if counts { "fail" } else { "pass" }.to_owned(),
        severity: "high".to_owned(),
        counts,
        cause: sentence("/home is plain.", "/home は暗号化されていません。"),
        remedy: Some(sentence("Encrypt it.", "暗号化してください。")),
        evidence: vec![],
        first_failed_at: None,
        due_at: due_at.map(Time),
        mended_at: None,
        returns: 0,
    }
}

fn news(findings: Vec<FindingJson>) -> NewsAnswer {
    NewsAnswer {
        findings: Some(findings),
        access: "full".to_owned(),
        reason: None,
        until: None,
    }
}

/// Hands the news in, and takes what is shown for shown.
fn shown(notices: &mut Notices, news: &NewsAnswer, now: Timestamp) -> Vec<Say> {
    let says = notices.due(news, now, Language::En, &|time| time.to_string());
    for say in &says {
        if let Say::Show(notice) = say {
            notices.told(notice, now);
        }
    }
    says
}

fn kinds(says: &[Say]) -> Vec<Kind> {
    let kind = |say: &Say| match say {
        Say::Show(notice) => Some(notice.kind),
        Say::Close(_) => None,
    };
    says.iter().filter_map(kind).collect()
}

#[test]
fn a_broken_rule_is_shown_once_and_again_when_its_time_is_over_and_then_daily() {
    let (mut notices, due) = (Notices::default(), NOW.after(HOUR));
    let broken = news(vec![finding(true, Some(due))]);
    let first = shown(&mut notices, &broken, NOW);
    let [Say::Show(notice)] = &first[..] else {
        panic!("{first:?}");
    };
    assert_eq!(notice.title, "To be mended: Disk encryption");
    for line in ["/home is plain.", "Encrypt it.", &due.to_string()] {
        assert!(notice.body.contains(line), "no {line:?} in {}", notice.body);
    }
    assert_eq!(shown(&mut notices, &broken, NOW.after(Span(1))), []);
    assert_eq!(kinds(&shown(&mut notices, &broken, due)), [Kind::Overdue]);
    assert_eq!(shown(&mut notices, &broken, due.after(HOUR)), []);
    let next_day = due.after(Span::from_days(1));
    assert_eq!(
        kinds(&shown(&mut notices, &broken, next_day)),
        [Kind::Overdue]
    );
}

#[test]
fn the_user_is_warned_before_a_limit_passes_and_told_when_it_has() {
    let mut notices = Notices::default();
    let soon = shown(&mut notices, &news(vec![finding(false, None)]), NOW);
    assert_eq!(kinds(&soon), [Kind::Soon]);
    let late = shown(
        &mut notices,
        &news(vec![finding(true, Some(NOW.after(HOUR)))]),
        NOW,
    );
    assert_eq!(kinds(&late), [Kind::Broken]);
}

#[test]
fn what_is_mended_is_taken_away_and_what_flaps_is_not_shown_again_within_the_hour() {
    let mut notices = Notices::default();
    let broken = news(vec![finding(true, Some(NOW.after(Span::from_days(9))))]);
    let subject = Subject::Rule("disk-encrypted".to_owned());
    assert_eq!(kinds(&shown(&mut notices, &broken, NOW)), [Kind::Broken]);
    for minute in (1..50).step_by(2) {
        let at = NOW.after(Span::from_secs(minute * 60));
        let mended = shown(&mut notices, &news(vec![]), at);
        assert_eq!(mended, [Say::Close(subject.clone())], "minute {minute}");
        assert_eq!(shown(&mut notices, &broken, at), [], "minute {minute}");
    }
    shown(
        &mut notices,
        &news(vec![]),
        NOW.after(Span::from_secs(3000)),
    );
    let later = shown(&mut notices, &broken, NOW.after(HOUR));
    assert_eq!(kinds(&later), [Kind::Broken]);
}

#[test]
fn an_isolation_is_always_shown_and_so_is_its_end() {
    let mut notices = Notices::default();
    assert_eq!(shown(&mut notices, &news(vec![]), NOW), []);
    for _ in 0..3 {
        let mut isolated = news(vec![]);
        isolated.access = "isolated".to_owned();
        isolated.reason = Some("worm".to_owned());
        let says = shown(&mut notices, &isolated, NOW);
        assert_eq!(kinds(&says), [Kind::Isolated]);
        assert!(format!("{says:?}").contains("worm"));
        assert_eq!(shown(&mut notices, &isolated, NOW), []);
        assert_eq!(
            kinds(&shown(&mut notices, &news(vec![]), NOW)),
            [Kind::Free]
        );
    }
}

#[test]
fn an_agent_that_has_not_read_anything_yet_takes_nothing_away() {
    let mut notices = Notices::default();
    let broken = news(vec![finding(true, Some(NOW.after(HOUR)))]);
    shown(&mut notices, &broken, NOW);
    let started = NewsAnswer {
        findings: None,
        ..news(vec![])
    };
    assert_eq!(shown(&mut notices, &started, NOW), []);
    assert_eq!(shown(&mut notices, &broken, NOW), []);
}
