//! How the filters are kept, on an engine in memory: what it is told, what it is found to hold, and what is said of it.
//!
//! Touches nothing. The engine does as Windows' documents say of transactions; a real one is no part of this.

use sekisho_policy::order::Endpoint;

use super::*;
use crate::enforce::filters::objects::{ORDERED, TRIED};
use crate::enforce::plan::{Way, plan};
use crate::wfp::{self, Filter, Value};

/// A platform in memory.
#[derive(Default)]
struct Memory {
    held: Objects,
    writes: u32,
    /// Each call that would write, or read, gives this instead.
    refuses_writing: Option<u32>,
    refuses_reading: Option<u32>,
    /// It tells an address of IPv4 as a net of one.
    rewords: bool,
    /// A filter that is added does not come to be there.
    loses_one: bool,
}

impl Engine for Memory {
    fn look(&mut self) -> Result<Objects, Refused> {
        refused("FwpmFilterEnum0", self.refuses_reading)?;
        let mut told = self.held.clone();
        if self.rewords {
            for condition in told.filters.iter_mut().flat_map(|one| &mut one.conditions) {
                if condition.field == wfp::REMOTE_ADDRESS {
                    condition.value = Value::Other(256);
                }
            }
        }
        Ok(told)
    }

    fn own_program(&mut self) -> Result<Vec<u8>, Refused> {
        Ok(b"agent".to_vec())
    }

    fn replace(&mut self, objects: &Objects) -> Result<(), Refused> {
        self.writes += 1;
        refused("FwpmTransactionCommit0", self.refuses_writing)?;
        self.held = objects.clone();
        if self.loses_one {
            self.held.filters.pop();
        }
        Ok(())
    }
}

fn refused(call: &'static str, code: Option<u32>) -> Result<(), Refused> {
    code.map_or(Ok(()), |code| Err(Refused { call, code }))
}

fn isolation() -> Ruleset {
    let way = Way {
        collectors: [Endpoint::tcp("203.0.113.5".parse().unwrap(), 7443)].into(),
        ..Way::default()
    };
    plan(Access::Isolated, &way).unwrap().unwrap()
}

/// A laptop that was just isolated.
fn isolated() -> (Memory, Known) {
    let (mut engine, mut known) = (Memory::default(), Known::default());
    let outcome = known.enforce(&mut engine, ORDERED, Some(&isolation()));
    assert_eq!(outcome.applied, Reading::Known(Access::Isolated));
    (engine, known)
}

#[track_caller]
fn holds(known: &Known, engine: &mut Memory, plan: Option<&Ruleset>) -> bool {
    *known.holds(engine, ORDERED, plan).known().unwrap()
}

#[test]
fn an_isolation_is_written_once_read_back_and_removed_whole() {
    let (mut engine, mut known) = isolated();
    assert!(holds(&known, &mut engine, Some(&isolation())));
    assert_eq!(observe(&mut engine), Reading::Known(Access::Isolated));
    known.enforce(&mut engine, ORDERED, Some(&isolation()));
    // One that has just started finds them right as well.
    Known::default().enforce(&mut engine, ORDERED, Some(&isolation()));
    assert_eq!(engine.writes, 1);

    for _ in 0..2 {
        let released = known.enforce(&mut engine, ORDERED, None);
        assert_eq!(released.applied, Reading::Known(Access::Full));
    }
    assert_eq!((engine.held, engine.writes), (Objects::default(), 2));
    assert_eq!(known.reasserted, 0);
}

type Trick<'a> = &'a dyn Fn(&mut Memory);

#[test]
fn whatever_somebody_does_to_the_filters_is_seen_and_undone() {
    let permit = |engine: &Memory| Filter {
        key: 1,
        provider: None,
        conditions: Vec::new(),
        action: wfp::PERMIT,
        weight: Value::U64(u64::MAX),
        ..engine.held.filters[0].clone()
    };
    let tricks: [(&str, Trick); 6] = [
        ("one removed", &|engine| drop(engine.held.filters.remove(3))),
        ("all removed", &|engine| engine.held = Objects::default()),
        ("one beside them", &|engine| {
            let stranger = permit(engine);
            engine.held.filters.push(stranger);
        }),
        ("one switched off", &|engine| {
            engine.held.filters[0].flags |= wfp::DISABLED
        }),
        ("one of ours made anew to permit", &|engine| {
            engine.held.filters[0].action = wfp::PERMIT;
        }),
        ("the sublayer made light", &|engine| {
            engine.held.sublayer.as_mut().unwrap().weight = 1;
        }),
    ];
    for (what, trick) in tricks {
        let (mut engine, mut known) = isolated();
        let before = engine.held.clone();
        trick(&mut engine);
        assert!(!holds(&known, &mut engine, Some(&isolation())), "{what}");
        let outcome = known.enforce(&mut engine, ORDERED, Some(&isolation()));
        assert_eq!(outcome.applied, Reading::Known(Access::Isolated), "{what}");
        assert_eq!((&engine.held, known.reasserted), (&before, 1), "{what}");
    }
}

#[test]
fn what_was_refused_is_told_with_its_number_and_changes_nothing() {
    let (mut engine, mut known) = isolated();
    let before = engine.held.clone();
    engine.refuses_writing = Some(0x8032_0012);
    let outcome = known.enforce(&mut engine, ORDERED, None);
    let why = outcome.trouble.unwrap().to_string();
    assert!(
        why.contains("FwpmTransactionCommit0 gave 0x80320012"),
        "{why}"
    );
    assert_ne!(outcome.applied, Reading::Known(Access::Full));
    assert_eq!(engine.held, before);

    let mut open = Memory {
        refuses_writing: Some(5),
        ..Memory::default()
    };
    let outcome = Known::default().enforce(&mut open, ORDERED, Some(&isolation()));
    assert_eq!(
        outcome.applied,
        Reading::Known(Access::Full),
        "nothing is there"
    );
    assert!(matches!(outcome.trouble, Some(Why::NotPermitted(_))));
}

#[test]
fn only_where_there_is_no_platform_is_an_isolation_unsupported() {
    let why = |code| {
        let call = "FwpmEngineOpen0";
        super::why(&Refused { call, code })
    };
    assert!(matches!(why(0x6e4), Why::Unsupported(_)));
    assert!(matches!(why(0x8032_0012), Why::TimedOut(_)));
    assert!(matches!(why(0x8032_0009), Why::Unreadable(_)));
}

#[test]
fn filters_that_cannot_be_read_are_unknown_and_never_none() {
    let (mut engine, mut known) = isolated();
    engine.refuses_reading = Some(1753);
    for plan in [None, Some(isolation())] {
        let held = known.holds(&mut engine, ORDERED, plan.as_ref());
        assert!(
            matches!(held, Reading::Unknown(Why::ToolMissing(_))),
            "{held:?}"
        );
        let outcome = known.enforce(&mut engine, ORDERED, plan.as_ref());
        assert!(
            matches!(outcome.applied, Reading::Unknown(_)),
            "{outcome:?}"
        );
    }
    assert!(matches!(observe(&mut engine), Reading::Unknown(_)));
}

#[test]
fn a_filter_that_did_not_come_to_be_there_is_no_isolation() {
    let mut engine = Memory {
        loses_one: true,
        ..Memory::default()
    };
    let mut known = Known::default();
    let outcome = known.enforce(&mut engine, ORDERED, Some(&isolation()));
    assert!(
        matches!(outcome.applied, Reading::Unknown(_)),
        "{outcome:?}"
    );
    assert!(!known.is_cut_off());
}

#[test]
fn words_of_the_platforms_own_are_learnt_and_a_later_change_is_still_seen() {
    let mut engine = Memory {
        rewords: true,
        ..Memory::default()
    };
    let mut known = Known::default();
    let outcome = known.enforce(&mut engine, ORDERED, Some(&isolation()));
    assert_eq!(outcome.applied, Reading::Known(Access::Isolated));
    known.enforce(&mut engine, ORDERED, Some(&isolation()));
    assert_eq!(engine.writes, 1);
    // A filter under the same name that asks for less.
    let asks = |one: &&mut Filter| one.conditions.len() > 1;
    let filter = engine.held.filters.iter_mut().find(asks).unwrap();
    filter.conditions.truncate(1);
    assert!(!holds(&known, &mut engine, Some(&isolation())));
}

#[test]
fn what_is_tried_stands_beside_what_is_ordered_and_does_not_last() {
    let mut engine = Memory::default();
    Known::default().enforce(&mut engine, TRIED, Some(&isolation()));
    let lasts = |filter: &Filter| filter.flags & (wfp::PERSISTENT | wfp::BOOT_TIME) != 0;
    assert!(!engine.held.filters.iter().any(lasts) && !engine.held.filters.is_empty());
    assert_eq!(engine.held.sublayer.unwrap().flags, 0);
}
