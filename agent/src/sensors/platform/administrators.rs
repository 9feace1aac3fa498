//! Who may become root: accounts with root's number, and members of the groups that sudo and polkit give
//! it to.
//!
//! Touches `/etc/passwd`, `/etc/group`, those of the image that a system was made from, and `/etc/nsswitch.conf`.
//! Must never ask the name service, which can wait for a network, nor keep quiet about accounts that lie beyond
//! these files.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_policy::facts::{Administrator, Administrators, Evidence};
use sekisho_policy::limits::ADMINISTRATORS_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::rules::local_administrators::GROUPS_TOLD;

use crate::ask::{self, AskError};
use crate::limits::{CONFIG_BYTES_MAX, SSSD_CACHES_MAX};
use crate::sensors::Root;
use crate::sensors::accounts::{self, GROUP, IMAGE_GROUP, IMAGE_PASSWD, PASSWD};

const NSSWITCH: &str = "/etc/nsswitch.conf";
/// Sources that these files are, or that have no administrators of their own.
const READ: [&str; 3] = ["files", "systemd", "mymachines"];
/// The files of an image, and those of this machine with lines that ask elsewhere.
const IMAGE: &str = "altfiles";
const COMPAT: &str = "compat";
/// What sssd leaves where it serves accounts, or has served some. authselect names it in nsswitch.conf on
/// every system, joined to a directory or not.
const SSSD: [&str; 2] = ["/var/lib/sss/pipes/nss", "/var/lib/sss/mc/passwd"];
const SSSD_CACHES: &str = "/var/lib/sss/db";

/// Reads who has more rights than a user.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Administrators> {
    let text = |path: &str| ask::read_text(&root.path(path), CONFIG_BYTES_MAX);
    let mut not_read = match text(NSSWITCH) {
        Ok(text) => {
            let mut sources = sources(&text);
            if !sssd_serves(root) {
                sources.remove("sss");
            }
            sources
        }
        // Without the file the C library goes by these files alone.
        Err(AskError::Missing(_)) => BTreeSet::new(),
        Err(error) => return Reading::Unknown(error.why()),
    };
    let mut files = match Files::of(root, PASSWD, GROUP) {
        Ok(files) => files,
        Err(error) => return Reading::Unknown(error.why()),
    };
    if not_read.remove(IMAGE)
        && let Err(error) = files.add(root, IMAGE_PASSWD, IMAGE_GROUP)
    {
        return Reading::Unknown(error.why());
    }
    if !files.ask_elsewhere() {
        not_read.remove(COMPAT);
    }
    let Some((accounts, evidence)) = among(&files) else {
        return Reading::Unknown(Why::Unreadable(format!("{PASSWD} has no account")));
    };
    if accounts.len() > ADMINISTRATORS_MAX {
        let count = accounts.len();
        let what = format!("{count} administrators, at most {ADMINISTRATORS_MAX} are told");
        return Reading::Unknown(Why::TooLarge(what));
    }
    Reading::Known(Administrators {
        accounts,
        not_read: not_read.into_iter().collect(),
        evidence,
    })
}

/// Files of accounts and of groups, by name.
struct Files {
    passwd: Vec<(&'static str, String)>,
    group: Vec<(&'static str, String)>,
}

impl Files {
    fn of(root: &Root, passwd: &'static str, group: &'static str) -> Result<Self, AskError> {
        Ok(Self {
            passwd: vec![(passwd, accounts::passwd_of(root, passwd)?)],
            group: vec![(group, accounts::group_of(root, group)?)],
        })
    }

    /// Adds two more, either of which may not be there.
    fn add(
        &mut self,
        root: &Root,
        passwd: &'static str,
        group: &'static str,
    ) -> Result<(), AskError> {
        match accounts::passwd_of(root, passwd) {
            Err(AskError::Missing(_)) => {}
            text => self.passwd.push((passwd, text?)),
        }
        match accounts::group_of(root, group) {
            Err(AskError::Missing(_)) => {}
            text => self.group.push((group, text?)),
        }
        Ok(())
    }

    fn ask_elsewhere(&self) -> bool {
        let texts = self.passwd.iter().chain(&self.group);
        let mut lines = texts.flat_map(|(_, text)| text.lines());
        lines.any(accounts::asks_elsewhere)
    }
}

/// `None` where there is not one account, which no system is without.
fn among(files: &Files) -> Option<(Vec<Administrator>, Vec<Evidence>)> {
    let mut found: BTreeMap<&str, Administrator> = BTreeMap::new();
    fn of<'a, 'b>(
        found: &'a mut BTreeMap<&'b str, Administrator>,
        name: &'b str,
    ) -> &'a mut Administrator {
        found.entry(name).or_insert_with(|| Administrator {
            name: name.to_owned(),
            is_root: false,
            groups: Vec::new(),
        })
    }
    let mut evidence = Vec::new();
    // Name, number, number of the first group.
    let mut users: Vec<(&str, u32, &str)> = Vec::new();
    for (file, text) in &files.passwd {
        for line in text.lines() {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| !name.is_empty());
            let uid = fields.nth(1).and_then(|uid| uid.parse().ok());
            let (Some(name), Some(uid), Some(gid)) = (name, uid, fields.next()) else {
                continue;
            };
            users.push((name, uid, gid));
            if uid == 0 {
                of(&mut found, name).is_root = true;
                evidence.push(Evidence::new(*file, format!("{name} has the number 0")));
            }
        }
    }
    let groups = files.group.iter();
    for (file, line) in groups.flat_map(|(file, text)| text.lines().map(move |line| (file, line))) {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields.as_slice() else {
            continue;
        };
        if !GROUPS_TOLD.contains(name) {
            continue;
        }
        evidence.push(Evidence::new(format!("{file} {name}"), *members));
        let named = members
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        let first = users
            .iter()
            .filter(|user| user.2 == *gid)
            .map(|user| user.0);
        for member in named.chain(first) {
            let groups = &mut of(&mut found, member).groups;
            if !groups.iter().any(|known| known == name) {
                groups.push((*name).to_owned());
            }
        }
    }
    (!users.is_empty()).then(|| (found.into_values().collect(), evidence))
}

/// What nsswitch.conf(5) takes accounts and groups from beside the files.
fn sources(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| {
        let (database, sources) = line.split('#').next()?.split_once(':')?;
        ["passwd", "group", "initgroups"]
            .contains(&database.trim())
            .then_some(sources)
    });
    lines
        .flat_map(|sources| sources.split_ascii_whitespace())
        // `[NOTFOUND=return]` is what to do next; systemd's own accounts and those of containers are no
        // people's.
        .filter(|source| !source.starts_with('[') && !READ.contains(source))
        .map(str::to_owned)
        .collect()
}

/// A folder that may not be read says nothing against it; a place that may not be looked at counts.
fn sssd_serves(root: &Root) -> bool {
    let served = SSSD
        .iter()
        .any(|path| root.path(path).try_exists().unwrap_or(true));
    let caches = ask::list(&root.path(SSSD_CACHES), SSSD_CACHES_MAX).unwrap_or_default();
    let is_domain = |name: &String| {
        name.starts_with("cache_") && name.ends_with(".ldb") && name != "cache_implicit_files.ldb"
    };
    served || caches.iter().any(is_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD_TEXT: &str = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\naiko:x:1000:1000:Aiko:/home/aiko:/bin/bash\nken:x:1001:27:Ken:/home/ken:/bin/bash\nmari:x:1002:1002::/home/mari:/bin/bash\n";
    const GROUP_TEXT: &str =
        "root:x:0:\nadm:x:4:syslog,aiko\nsudo:x:27:aiko\ndocker:x:998:mari\nusers:x:100:mari\n";

    fn files(passwd: &str, group: &str) -> Files {
        Files {
            passwd: vec![(PASSWD, passwd.to_owned())],
            group: vec![(GROUP, group.to_owned())],
        }
    }

    #[test]
    fn members_by_name_and_by_their_first_group_are_found_and_every_root() {
        let files_told = files(PASSWD_TEXT, GROUP_TEXT);
        let (accounts, evidence) = among(&files_told).unwrap();
        let told: Vec<(&str, bool, String)> = accounts
            .iter()
            .map(|one| (&*one.name, one.is_root, one.groups.join(",")))
            .collect();
        let expected = [
            ("aiko", false, "sudo".to_owned()),
            ("ken", false, "sudo".to_owned()),
            ("mari", false, "docker".to_owned()),
            ("root", true, String::new()),
            ("toor", true, String::new()),
        ];
        assert_eq!(told, expected);
        assert!(evidence.contains(&Evidence::new("/etc/group sudo", "aiko")));
        assert!(among(&files("", GROUP_TEXT)).is_none());
    }

    #[test]
    fn what_lies_beyond_the_files_is_named() {
        let debian =
            "passwd:         files systemd\ngroup:          files systemd\nhosts: files dns\n";
        assert!(sources(debian).is_empty());
        let joined = "passwd: files sss # x ldap\ngroup: files [SUCCESS=merge] sss winbind\n";
        assert_eq!(
            sources(joined),
            BTreeSet::from(["sss".to_owned(), "winbind".to_owned()])
        );
    }

    #[test]
    fn a_directory_that_is_named_and_not_joined_hides_nobody() {
        let tree = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("etc/passwd", PASSWD_TEXT);
        write("etc/group", GROUP_TEXT);
        write(
            "etc/nsswitch.conf",
            "passwd: files sss systemd mymachines\n",
        );
        write("var/lib/sss/db/cache_implicit_files.ldb", "");
        let not_read = || {
            let told = read(&Root::at(tree.path()));
            told.known().map(|known| known.not_read.clone())
        };
        assert_eq!(not_read(), Some(vec![]));
        write("var/lib/sss/db/cache_example.jp.ldb", "");
        assert_eq!(not_read(), Some(vec!["sss".to_owned()]));
        std::fs::remove_dir_all(tree.path().join("var/lib/sss/db")).unwrap();
        write("var/lib/sss/pipes/nss", "");
        assert_eq!(not_read(), Some(vec!["sss".to_owned()]));
    }

    #[test]
    fn accounts_of_an_image_are_read_and_a_line_that_asks_elsewhere_is_named() {
        let tree = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let told = || {
            let told = read(&Root::at(tree.path()));
            let known = told.known().unwrap();
            let names: Vec<_> = known.accounts.iter().map(|one| one.name.clone()).collect();
            (names.join(" "), known.not_read.join(" "))
        };
        let expected = |names: &str, not_read: &str| (names.to_owned(), not_read.to_owned());
        write(
            "etc/passwd",
            "root:x:0:0::/root:\nken:x:1001:10::/home/ken:\n",
        );
        write("etc/group", "users:x:100:\n");
        write("etc/nsswitch.conf", "passwd: files altfiles systemd\n");
        assert_eq!(told(), expected("root", ""));
        write("usr/lib/passwd", "toor:x:0:0::/root:\n");
        write("usr/lib/group", "wheel:x:10:aiko\n");
        assert_eq!(told(), expected("aiko ken root toor", ""));
        write("etc/nsswitch.conf", "passwd: compat\n");
        assert_eq!(told(), expected("root", ""));
        write("etc/passwd", "root:x:0:0::/root:\n+@team::::::\n");
        assert_eq!(told(), expected("root", "compat"));
    }

    #[test]
    fn files_that_cannot_be_read_are_unknown() {
        let tree = tempfile::tempdir().unwrap();
        assert!(matches!(read(&Root::at(tree.path())), Reading::Unknown(_)));
        std::fs::create_dir(tree.path().join("etc")).unwrap();
        std::fs::write(tree.path().join("etc/passwd"), "").unwrap();
        std::fs::write(tree.path().join("etc/group"), GROUP_TEXT).unwrap();
        assert!(matches!(
            read(&Root::at(tree.path())),
            Reading::Unknown(Why::Unreadable(_))
        ));
    }
}
