//! Flatpak applications and runtimes of the machine and of its users, by the folders they are
//! deployed in.
//!
//! Touches `/var/lib/flatpak`, `/etc/passwd` and the users' own Flatpak folders. Must never say that
//! a user has none when the folder could not be looked into.

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState};
use sekisho_policy::reading::{Reading, Why};

use super::{ListError, add};
use crate::ask::{self, AskError};
use crate::limits::{CONFIG_BYTES_MAX, FLATPAK_DIRECTORIES_MAX, HOMES_MAX};
use crate::sensors::Root;
use crate::sensors::accounts::{self, FIRST_PERSON};

/// Where the machine's own installation lies, and the program without which nobody can use one.
const MACHINE: &str = "/var/lib/flatpak";
const PROGRAM: &str = "/usr/bin/flatpak";
/// uid of `nobody`, who has no home.
const NOBODY: u32 = 65_534;

/// Why an installation could not be read.
enum Problem {
    Ask(AskError),
    List(ListError),
    /// There is more to look into than may be.
    Many(String),
}

/// Reads every deployed application and runtime.
pub(super) fn read(root: &Root) -> Reading<Vec<Package>> {
    let there = |path| root.path(path).try_exists();
    let installed = match there(PROGRAM).and_then(|there_is| Ok((there_is, there(MACHINE)?))) {
        Ok((false, false)) => return Reading::Absent,
        Ok((installed, _)) => installed,
        Err(error) => return Reading::Unknown(error.why()),
    };
    match all(root, FLATPAK_DIRECTORIES_MAX) {
        Ok(packages) if packages.is_empty() && !installed => Reading::Absent,
        Ok(packages) => Reading::Known(packages),
        Err(Problem::Ask(error)) => Reading::Unknown(error.why()),
        Err(Problem::List(error)) => Reading::Unknown(error.why()),
        Err(Problem::Many(what)) => Reading::Unknown(Why::TooLarge(what)),
    }
}

/// The system, and how many directories may still be listed in it.
struct Walk<'a> {
    root: &'a Root,
    left: usize,
}

fn all(root: &Root, directories_max: usize) -> Result<Vec<Package>, Problem> {
    let mut packages = Vec::new();
    let mut walk = Walk {
        root,
        left: directories_max,
    };
    walk.installation(MACHINE, &PackageScope::Machine, &mut packages)?;
    let accounts = accounts::passwd(root);
    for (uid, home) in people(&accounts.map_err(Problem::Ask)?)? {
        let folder = format!("{home}/.local/share/flatpak");
        walk.installation(&folder, &PackageScope::User(uid.to_string()), &mut packages)?;
    }
    Ok(packages)
}

/// The accounts of people with their homes, from passwd(5).
fn people(accounts: &str) -> Result<Vec<(u32, &str)>, Problem> {
    let people: Vec<_> = accounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let uid: u32 = fields.nth(2)?.parse().ok()?;
            let home = fields.nth(2)?;
            (uid >= FIRST_PERSON && uid != NOBODY && home.len() > 1).then_some((uid, home))
        })
        .take(HOMES_MAX.saturating_add(1))
        .collect();
    if people.len() > HOMES_MAX {
        let what = format!("/etc/passwd names more than the limit of {HOMES_MAX} homes");
        return Err(Problem::Many(what));
    }
    Ok(people)
}

impl Walk<'_> {
    /// `KIND/ID/ARCHITECTURE/BRANCH/active` is what is deployed; `active` is a link.
    fn installation(
        &mut self,
        folder: &str,
        scope: &PackageScope,
        packages: &mut Vec<Package>,
    ) -> Result<(), Problem> {
        for kind in ["app", "runtime"] {
            let kind = format!("{folder}/{kind}");
            for id in self.list(&kind)? {
                for architecture in self.list(&format!("{kind}/{id}"))? {
                    // Applications have a link beside their architectures.
                    if architecture == "current" {
                        continue;
                    }
                    for branch in self.list(&format!("{kind}/{id}/{architecture}"))? {
                        let place = format!("{kind}/{id}/{architecture}/{branch}/active");
                        // A folder that was closed to the agent may hold an application.
                        let metadata = self.root.path(&format!("{place}/metadata"));
                        if metadata.try_exists().map_err(Problem::Ask)? {
                            let names = (id.as_str(), architecture.as_str(), branch.as_str());
                            let package = package(self.root, &place, names, scope);
                            add(packages, package, MACHINE).map_err(Problem::List)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, Problem> {
        match ask::list(&self.root.path(folder), self.left) {
            Ok(names) => {
                self.left = self.left.saturating_sub(names.len());
                Ok(names)
            }
            Err(AskError::Missing(_)) => Ok(Vec::new()),
            Err(AskError::TooLarge { .. }) => Err(Problem::Many(format!(
                "{folder}: Flatpak has more than the limit of {FLATPAK_DIRECTORIES_MAX} directories"
            ))),
            Err(error) => Err(Problem::Ask(error)),
        }
    }
}

fn package(
    root: &Root,
    place: &str,
    (id, architecture, branch): (&str, &str, &str),
    scope: &PackageScope,
) -> Package {
    let version = ["metainfo", "appdata"].iter().find_map(|kind| {
        let path = format!("{place}/files/share/metainfo/{id}.{kind}.xml");
        let path = root.path(&path);
        let text = path.read_reduced(CONFIG_BYTES_MAX * 4, only_the_release);
        released(&ask::into_text(text.ok()?))
    });
    Package {
        source: PackageSource::Flatpak,
        name: id.to_owned(),
        architecture: architecture.to_owned(),
        // Flatpak itself knows no version; without the maker's word the branch is all there is.
        version: version.unwrap_or_else(|| branch.to_owned()),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: scope.clone(),
    }
}

/// The rest is whatever the application's user likes, or leads to with a link.
fn only_the_release(text: &[u8]) -> Vec<u8> {
    let Some(version) = released(&String::from_utf8_lossy(text)) else {
        return Vec::new();
    };
    let quote = if version.contains('"') { '\'' } else { '"' };
    format!("<releases><release version={quote}{version}{quote}/></releases>").into_bytes()
}

/// The first release in AppStream metadata, which is the newest one.
fn released(text: &str) -> Option<String> {
    let releases = text.split_once("<releases")?.1;
    let release = releases.split_once("<release ")?.1;
    let tag = release.split_once('>')?.0;
    let quoted = tag.split_once("version=")?.1;
    let quote = quoted
        .chars()
        .next()
        .filter(|mark| matches!(mark, '"' | '\''))?;
    let version = quoted.get(1..)?.split_once(quote)?.0;
    (!version.is_empty() && version.len() < 200).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn deploy(tree: &std::path::Path, place: &str) {
        let folder = tree.join(place);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("metadata"), "[Application]\n").unwrap();
    }

    #[test]
    fn applications_of_the_machine_and_of_users_are_listed() {
        let tree = tempfile::tempdir().unwrap();
        deploy(
            tree.path(),
            "var/lib/flatpak/app/org.gnome.Maps/x86_64/stable/active",
        );
        deploy(
            tree.path(),
            "var/lib/flatpak/runtime/org.gnome.Platform/x86_64/45/active",
        );
        deploy(
            tree.path(),
            "home/aiko/.local/share/flatpak/app/com.x.Sync/x86_64/stable/active",
        );
        let metainfo = tree.path().join(
            "home/aiko/.local/share/flatpak/app/com.x.Sync/x86_64/stable/active/files/share/metainfo",
        );
        fs::create_dir_all(&metainfo).unwrap();
        let xml = "<component><releases>\n<release date='2026-01-01' version='3.1'/><release version='3.0'/></releases></component>";
        fs::write(metainfo.join("com.x.Sync.metainfo.xml"), xml).unwrap();
        fs::create_dir_all(tree.path().join("etc")).unwrap();
        let accounts = "root:x:0:0::/root:/bin/sh\naiko:x:1000:1000::/home/aiko:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n";
        fs::write(tree.path().join("etc/passwd"), accounts).unwrap();
        let Reading::Known(packages) = read(&Root::at(tree.path())) else {
            panic!("not read")
        };
        let short: Vec<_> = packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_str(), &one.scope))
            .collect();
        assert_eq!(
            short,
            [
                ("org.gnome.Maps", "stable", &PackageScope::Machine),
                ("org.gnome.Platform", "45", &PackageScope::Machine),
                ("com.x.Sync", "3.1", &PackageScope::User("1000".to_owned())),
            ]
        );
    }

    #[test]
    fn a_capture_has_the_release_alone_and_reads_the_same() {
        let text =
            "<id>x</id><releases type='a'><release date='1' version='3.1 \"b\"'/>secret</releases>";
        let kept = only_the_release(text.as_bytes());
        let kept = String::from_utf8(kept).unwrap();
        assert_eq!(released(&kept), released(text));
        assert!(!kept.contains("secret") && kept.contains("3.1"), "{kept}");
        assert!(only_the_release(b"root:$6$secret:20000::").is_empty());
    }

    /// As a captured system, whose list says that it was closed: root may look everywhere.
    #[test]
    fn an_application_behind_a_closed_folder_is_unknown_and_not_left_out() {
        let tree = tempfile::tempdir().unwrap();
        let app = "var/lib/flatpak/app/org.x.Sync/x86_64/stable/active";
        deploy(tree.path(), app);
        fs::create_dir_all(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/passwd"), "").unwrap();
        let index = |paths: &str| {
            let head = r#""format": "sekisho.capture/1", "agent_version": "0", "taken_at": "2026-11-24T06:00:00Z", "host": "aiko", "by_hand": true"#;
            let text = format!("{{{head}, \"paths\": {{{paths}}}}}");
            fs::write(tree.path().join(crate::sensors::INDEX), text).unwrap();
            read(&Root::captured(tree.path()).unwrap())
        };
        assert!(
            index("")
                .known()
                .is_some_and(|packages| packages.len() == 1)
        );
        let closed = r#"{"facts": [], "hidden": {"code": "not_permitted", "what": "/x"}}"#;
        let told = index(&format!("\"/{app}/metadata\": {closed}"));
        assert!(
            matches!(told, Reading::Unknown(Why::NotPermitted(_))),
            "{told:?}"
        );
        let told = index(&format!("\"{PROGRAM}\": {closed}"));
        assert!(
            matches!(told, Reading::Unknown(Why::NotPermitted(_))),
            "{told:?}"
        );
    }

    #[test]
    fn a_machine_without_flatpak_has_none() {
        let tree = tempfile::tempdir().unwrap();
        assert_eq!(read(&Root::at(tree.path())), Reading::Absent);
    }

    #[test]
    fn too_many_directories_in_all_are_unknown_and_not_cut() {
        let tree = tempfile::tempdir().unwrap();
        for number in 0..3 {
            let app = format!("var/lib/flatpak/app/org.x.App{number}/x86_64/stable/active");
            deploy(tree.path(), &app);
        }
        fs::create_dir_all(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/passwd"), "").unwrap();
        let root = Root::at(tree.path());
        assert!(matches!(all(&root, 9), Ok(packages) if packages.len() == 3));
        assert!(matches!(all(&root, 8), Err(Problem::Many(_))));
    }

    #[test]
    fn more_homes_than_may_be_looked_into_are_unknown_and_not_cut() {
        let line = |number: usize| {
            format!(
                "u{number}:x:{}:1000::/home/u{number}:/bin/sh\n",
                1000 + number
            )
        };
        let accounts = |count: usize| (0..count).map(line).collect::<String>();
        assert!(people(&accounts(HOMES_MAX)).is_ok_and(|people| people.len() == HOMES_MAX));
        assert!(matches!(
            people(&accounts(HOMES_MAX + 1)),
            Err(Problem::Many(_))
        ));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(<releases>|<release |version=|'|\"|é|x|>){0,12}") {
            let _ = released(&text);
            let _ = people(&text);
        }
    }
}
