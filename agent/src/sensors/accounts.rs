//! The accounts of this machine, by its own files.
//!
//! Touches `/etc/passwd` and `/etc/group`. Must never ask the name service, which can wait for a network,
//! nor let a capture have more of a person than a rule names.

use sekisho_policy::rules::local_administrators::GROUPS_TOLD;

use super::Root;
use crate::ask::{self, AskError};
use crate::limits::CONFIG_BYTES_MAX;

pub(super) const PASSWD: &str = "/etc/passwd";
pub(super) const GROUP: &str = "/etc/group";
/// The first uid of a person on Debian, Fedora and their kin (login.defs, `UID_MIN`).
pub(super) const FIRST_PERSON: u32 = 1000;

/// The text of passwd(5). A capture has no full names and shells, of people who are no administrators no
/// names, and of other accounts nothing.
pub(super) fn passwd(root: &Root) -> Result<String, AskError> {
    let reduce = |bytes: &[u8]| {
        let group = ask::read_text(&root.unrecorded().path(GROUP), CONFIG_BYTES_MAX);
        passwd_told(&String::from_utf8_lossy(bytes), &group.unwrap_or_default())
    };
    let path = root.path(PASSWD);
    let read = path.read_reduced(CONFIG_BYTES_MAX, |bytes| reduce(bytes).into_bytes());
    read.map(ask::into_text)
}

/// The text of group(5). A capture has the groups of administrators alone.
pub(super) fn group(root: &Root) -> Result<String, AskError> {
    let path = root.path(GROUP);
    let read = path.read_reduced(CONFIG_BYTES_MAX, |bytes| {
        group_told(&String::from_utf8_lossy(bytes)).into_bytes()
    });
    read.map(ask::into_text)
}

fn passwd_told(passwd: &str, group: &str) -> String {
    let groups: Vec<(&str, &str)> = told(group)
        .map(|[_, gid, members]| (gid, members))
        .collect();
    let lines = passwd.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, ..] = fields.as_slice() else {
            return None;
        };
        let is_administrator = *uid == "0"
            || groups.iter().any(|(told, members)| {
                told == gid || members.split(',').any(|member| member.trim() == *name)
            });
        let is_person = uid.parse().is_ok_and(|uid: u32| uid >= FIRST_PERSON);
        let name = match (is_administrator, is_person) {
            (true, _) => name,
            (false, true) => "",
            (false, false) => return None,
        };
        Some(format!("{name}:x:{uid}:{gid}::{home}:\n"))
    });
    lines.collect()
}

fn group_told(group: &str) -> String {
    told(group)
        .map(|[name, gid, members]| format!("{name}:x:{gid}:{members}\n"))
        .collect()
}

/// Name, number and members of the groups of administrators.
fn told(group: &str) -> impl Iterator<Item = [&str; 3]> {
    group.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, gid, members] if GROUPS_TOLD.contains(name) => Some([*name, *gid, *members]),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_names_administrators_and_of_others_the_home_alone() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\naiko:x:1000:1000:Aiko Sato,,,:/home/aiko:/bin/bash\nken:x:1001:27:Ken:/home/ken:/bin/zsh\nmari:x:1002:1002:Mari:/home/mari:/bin/bash\nbroken\n";
        let group = "sudo:x:27:aiko\nvideo:x:44:mari\n";
        assert_eq!(
            passwd_told(passwd, group),
            "root:x:0:0::/root:\naiko:x:1000:1000::/home/aiko:\nken:x:1001:27::/home/ken:\n:x:1002:1002::/home/mari:\n"
        );
        assert_eq!(group_told(group), "sudo:x:27:aiko\n");
    }
}
