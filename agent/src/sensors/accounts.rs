//! The accounts of this machine, by its own files.
//!
//! Touches `/etc/passwd` and `/etc/group`, and those of an image that a system was made from. Must never ask the name service, which can wait for a network,
//! nor let a capture have more of a person than a rule names.

use sekisho_policy::rules::local_administrators::GROUPS_TOLD;

use super::Root;
use crate::ask::{self, AskError};
use crate::limits::CONFIG_BYTES_MAX;

pub(super) const PASSWD: &str = "/etc/passwd";
pub(super) const GROUP: &str = "/etc/group";
/// Where a system that is an image has the accounts that came with it (nss-altfiles).
pub(super) const IMAGE_PASSWD: &str = "/usr/lib/passwd";
pub(super) const IMAGE_GROUP: &str = "/usr/lib/group";
/// What a capture has of a line by which libnss-compat asks elsewhere.
const ELSEWHERE: &str = "+\n";
/// The first uid of a person on Debian, Fedora and their kin (login.defs, `UID_MIN`).
pub(super) const FIRST_PERSON: u32 = 1000;

/// The text of passwd(5). A capture has no full names and shells, of people who are no administrators no
/// names, and of other accounts nothing.
pub(super) fn passwd(root: &Root) -> Result<String, AskError> {
    passwd_of(root, PASSWD)
}

/// The text of one such file.
pub(super) fn passwd_of(root: &Root, file: &str) -> Result<String, AskError> {
    let reduce = |bytes: &[u8]| {
        let asked = root.unrecorded();
        let group = |file: &str| ask::read_text(&asked.path(file), CONFIG_BYTES_MAX);
        let groups = [GROUP, IMAGE_GROUP].map(|file| group(file).unwrap_or_default());
        passwd_told(&String::from_utf8_lossy(bytes), &groups.join("\n"))
    };
    let path = root.path(file);
    let read = path.read_reduced(CONFIG_BYTES_MAX, |bytes| reduce(bytes).into_bytes());
    read.map(ask::into_text)
}

/// The text of group(5). A capture has the groups of administrators alone.
pub(super) fn group_of(root: &Root, file: &str) -> Result<String, AskError> {
    let path = root.path(file);
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
        if asks_elsewhere(line) {
            return Some(ELSEWHERE.to_owned());
        }
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
    let elsewhere = group.lines().find(|line| asks_elsewhere(line));
    told(group)
        .map(|[name, gid, members]| format!("{name}:x:{gid}:{members}\n"))
        .chain(elsewhere.map(|_| ELSEWHERE.to_owned()))
        .collect()
}

/// Whether the line has libnss-compat ask a directory.
pub(super) fn asks_elsewhere(line: &str) -> bool {
    line.starts_with('+')
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
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\naiko:x:1000:1000:Aiko Sato,,,:/home/aiko:/bin/bash\nken:x:1001:27:Ken:/home/ken:/bin/zsh\nmari:x:1002:1002:Mari:/home/mari:/bin/bash\nbroken\n+@team::::::\n";
        let group = "sudo:x:27:aiko\nvideo:x:44:mari\n+:::\n";
        assert_eq!(
            passwd_told(passwd, group),
            "root:x:0:0::/root:\naiko:x:1000:1000::/home/aiko:\nken:x:1001:27::/home/ken:\n:x:1002:1002::/home/mari:\n+\n"
        );
        assert_eq!(group_told(group), "sudo:x:27:aiko\n+\n");
    }
}
