//! Who may approve an exception.
//!
//! Touches nothing. Must never take a name for a person.

use super::two_people;
use crate::record::{Actor, Step};
use crate::response::{By, ResponseError};
use sekisho_policy::time::Timestamp;

fn by(name: &str, login: Option<u32>) -> By {
    By {
        who: Actor::Admin(name.to_owned()),
        login,
        at: Timestamp(2),
    }
}

fn requested(name: &str, login: Option<u32>) -> Step {
    Step {
        by: name.to_owned(),
        login,
        at: Timestamp(1),
    }
}

#[test]
fn one_login_is_one_person_under_whatever_name() {
    let kenji = requested("kenji (uid 1000)", Some(1000));
    for name in [
        "kenji (uid 1000)",
        "kenji (uid 1000) as root (uid 0)",
        "uid 1000",
        "mika (uid 1000)",
    ] {
        let refused = two_people(&kenji, &by(name, Some(1000)));
        assert!(
            matches!(refused, Err(ResponseError::SamePerson(_))),
            "{refused:?}"
        );
    }
    let mika = by("mika (uid 1001) as root (uid 0)", Some(1001));
    two_people(&kenji, &mika).expect("two people");
}

#[test]
fn a_login_that_is_unknown_or_of_root_is_nobody() {
    let kenji = requested("kenji (uid 1000)", Some(1000));
    for login in [None, Some(0)] {
        let refused = two_people(&kenji, &by("root (uid 0)", login));
        assert!(
            matches!(refused, Err(ResponseError::NobodysLogin(_))),
            "{refused:?}"
        );
        let refused = two_people(&requested("root (uid 0)", login), &by("kenji", Some(1000)));
        assert!(
            matches!(refused, Err(ResponseError::NobodysLogin(_))),
            "{refused:?}"
        );
    }
}
