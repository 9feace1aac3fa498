//! Who is an administrator of a Windows laptop: the members of S-1-5-32-544, whatever the system calls it.
//!
//! Touches nothing but through `ask` and `registry`. Must never leave out a member, and never take a group for an account:
//! who is in it is not told here.
//!
//! A member is told by its identifier and by what it is (`LOCALGROUP_MEMBERS_INFO_2`, `SID_NAME_USE`); a local group's members
//! are users and global groups (`NetLocalGroupGetMembers`). An account of this machine has its bare name, one of a domain
//! `DOMAIN\name`.

#[cfg_attr(windows, path = "ask/group.rs")]
#[cfg_attr(not(windows), path = "ask/no_group.rs")]
mod ask;

use std::collections::BTreeMap;
use std::path::Path;

use sekisho_policy::facts::{Administrator, Administrators, Evidence};
use sekisho_policy::limits::ADMINISTRATORS_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::rules::local_administrators::WINDOWS_GROUP;
use serde::{Deserialize, Serialize};

#[cfg(windows)]
use super::registry::DENIED;
use super::registry::{self, Hive, Question};
use crate::ask::AskError;
use crate::sensors::Root;

/// The group.
const GROUP: &str = "S-1-5-32-544";
/// The name of the answer in a capture.
const ANSWER: &str = "accounts/administrators.json";
const COMPUTER: Question = Question {
    name: "computer-name",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName",
    below: false,
    values: &["ComputerName"],
};

/// `SidTypeUser`.
const USER: i32 = 1;
/// `SidTypeWellKnownGroup`.
const WELL_KNOWN_GROUP: i32 = 5;
/// The end of the identifier of the account that every Windows has, whatever it is called (`DOMAIN_USER_RID_ADMIN`).
const BUILT_IN: &str = "-500";

/// The groups whose names are in the language of the system, by what MS-DTYP section 2.4.2.4 calls them.
const WELL_KNOWN: [(&str, &str); 6] = [
    ("S-1-1-0", "Everyone"),
    ("S-1-5-4", "INTERACTIVE"),
    ("S-1-5-7", "ANONYMOUS LOGON"),
    ("S-1-5-11", "Authenticated Users"),
    ("S-1-5-32-545", "Users"),
    ("S-1-5-32-546", "Guests"),
];

/// A member, as Windows names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    /// Its security identifier.
    sid: String,
    /// What it is, by `SID_NAME_USE`.
    kind: i32,
    /// `DOMAIN\name`, or nothing where Windows knows none.
    name: String,
}

/// Reads who has more rights than a user.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Administrators> {
    match asked(root) {
        Ok((members, computer)) => among(&members, computer.as_deref()),
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn asked(root: &Root) -> Result<(Vec<Member>, Option<String>), AskError> {
    let broken = |error: serde_json::Error| AskError::from_io(Path::new(GROUP), error.into());
    let bytes = root.answer(ANSWER, || serde_json::to_vec(&ask::ask()?).map_err(broken))?;
    let members = serde_json::from_slice(&bytes).map_err(broken)?;
    let computer = match registry::ask(root, &COMPUTER) {
        // Without it every account is told with where it is from.
        Err(AskError::Missing(_)) => None,
        key => key?.text("ComputerName").map(str::to_owned),
    };
    Ok((members, computer))
}

fn among(members: &[Member], computer: Option<&str>) -> Reading<Administrators> {
    if members.is_empty() {
        // Windows itself does not let go of the last one.
        let what = format!("{GROUP} has no member");
        return Reading::Unknown(Why::Unreadable(what));
    }
    if members.len() > ADMINISTRATORS_MAX {
        let count = members.len();
        let what = format!("{count} administrators, at most {ADMINISTRATORS_MAX} are told");
        return Reading::Unknown(Why::TooLarge(what));
    }
    let mut accounts = BTreeMap::new();
    let mut not_read = Vec::new();
    let mut evidence = Vec::new();
    for member in members {
        let name = member.called(computer);
        let shown = format!("{} (kind {}, {})", name, member.kind, member.sid);
        evidence.push(Evidence::new(GROUP, shown));
        // Whoever it stands for is an administrator too.
        if member.kind != USER {
            not_read.push(name.clone());
        }
        let account = Administrator {
            name: name.clone(),
            is_root: member.is_built_in(computer) || member.is_anybody(),
            groups: vec![WINDOWS_GROUP.to_owned()],
        };
        if let Some(other) = accounts.insert(name.clone(), account) {
            let what = format!("{GROUP} has two members called {:?}", other.name);
            return Reading::Unknown(Why::Unreadable(what));
        }
    }
    not_read.sort_unstable();
    Reading::Known(Administrators {
        accounts: accounts.into_values().collect(),
        not_read,
        evidence,
    })
}

impl Member {
    /// What it is called, in the same way on every Windows.
    fn called(&self, computer: Option<&str>) -> String {
        if let Some((_, name)) = WELL_KNOWN.iter().find(|(sid, _)| *sid == self.sid) {
            return format!("{name} ({})", self.sid);
        }
        match (self.local_name(computer), self.name.trim()) {
            (Some(name), _) => name.to_owned(),
            (None, "") => self.sid.clone(),
            (None, name) => name.to_owned(),
        }
    }

    /// Its name, where it is of this machine.
    fn local_name(&self, computer: Option<&str>) -> Option<&str> {
        let (domain, name) = self.name.trim().split_once('\\')?;
        let is_local = computer.is_some_and(|computer| computer.eq_ignore_ascii_case(domain));
        (is_local && !name.is_empty()).then_some(name)
    }

    /// Whether it stands for more people than a directory has put into it.
    fn is_anybody(&self) -> bool {
        self.kind == WELL_KNOWN_GROUP || WELL_KNOWN.iter().any(|(sid, _)| *sid == self.sid)
    }

    /// Whether it is the account that every Windows has, of this machine and of no domain.
    fn is_built_in(&self, computer: Option<&str>) -> bool {
        self.kind == USER
            && self.sid.starts_with("S-1-5-21-")
            && self.sid.ends_with(BUILT_IN)
            && self.local_name(computer).is_some()
    }
}

#[cfg(test)]
mod tests;
