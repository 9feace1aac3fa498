//! Laptops with a desktop, whose settings are locked, changed or hidden.
//!
//! Touches a temporary folder.

use std::fs;

use super::*;

const LOCAL: &[u8] = include_bytes!("../../../../testdata/dconf/local");
const USER: &[u8] = include_bytes!("../../../../testdata/dconf/user");
const SCHEMAS: &[u8] = include_bytes!("../../../../testdata/dconf/gschemas.compiled");
const GNOME: &str = include_str!("../../../../testdata/logind/gnome");

struct Laptop(tempfile::TempDir);

impl Laptop {
    fn of(session: &str) -> Self {
        let laptop = Self(tempfile::tempdir().unwrap());
        laptop.write("run/systemd/sessions/2", session);
        laptop.write("etc/passwd", "aiko:x:1000:1000::/home/aiko:/bin/bash\n");
        laptop.write("usr/share/glib-2.0/schemas/gschemas.compiled", SCHEMAS);
        laptop
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn locks(&self) -> Reading<Vec<ScreenLock>> {
        read(&Root::at(self.0.path()))
    }

    #[track_caller]
    fn locks_after(&self) -> Reading<u32> {
        let Reading::Known(locks) = self.locks() else {
            panic!("{:?}", self.locks());
        };
        assert_eq!(locks.len(), 1, "{locks:?}");
        locks[0].locks_after_secs.clone()
    }
}

const KDE: &str = "UID=1000\nUSER=aiko\nTYPE=x11\nCLASS=user\nDESKTOP=KDE\nSTATE=active\n";
const USER_DB: &str = "home/aiko/.config/dconf/user";
const KDE_OWN: &str = "home/aiko/.config/kscreenlockerrc";

#[test]
fn a_gnome_that_nobody_touched_goes_by_the_schemas() {
    // The schema says that a screen locks at once when it goes blank, and an override that it does
    // after 240 s.
    assert_eq!(Laptop::of(GNOME).locks_after(), Reading::Known(240));
}

#[test]
fn a_user_who_switches_the_lock_off_is_seen_and_the_companys_lock_goes_before() {
    let laptop = Laptop::of(GNOME);
    laptop.write(USER_DB, USER);
    assert_eq!(laptop.locks_after(), Reading::Absent);
    // idle-delay and lock-enabled are locked there.
    laptop.write("etc/dconf/db/local", LOCAL);
    assert_eq!(laptop.locks_after(), Reading::Absent, "no profile names it");
    laptop.write(
        "etc/dconf/profile/user",
        "# ours\nuser-db:user\nsystem-db:local\n",
    );
    assert_eq!(laptop.locks_after(), Reading::Known(630));
}

#[test]
fn a_hidden_or_broken_database_is_unknown_and_never_the_default() {
    let laptop = Laptop::of(GNOME);
    laptop.write(USER_DB, &USER[..100]);
    assert!(matches!(
        laptop.locks_after(),
        Reading::Unknown(Why::Unreadable(_))
    ));
    laptop.write(USER_DB, "");
    assert_eq!(
        laptop.locks_after(),
        Reading::Known(240),
        "dconf has nothing to say yet"
    );
    laptop.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    assert!(matches!(
        laptop.locks_after(),
        Reading::Unknown(Why::Unsupported(_))
    ));
    laptop.write("etc/dconf/profile/user", "user-db:user\nservice-db:x\n");
    assert!(matches!(
        laptop.locks_after(),
        Reading::Unknown(Why::Unsupported(_))
    ));
    let laptop = Laptop::of(GNOME);
    fs::remove_file(
        laptop
            .0
            .path()
            .join("usr/share/glib-2.0/schemas/gschemas.compiled"),
    )
    .unwrap();
    assert!(
        matches!(laptop.locks_after(), Reading::Unknown(_)),
        "no schemas"
    );
}

#[test]
fn kde_locks_after_five_minutes_unless_it_is_told_otherwise() {
    let laptop = Laptop::of(KDE);
    assert_eq!(laptop.locks_after(), Reading::Known(305));
    laptop.write("etc/xdg/kscreenlockerrc", "[Daemon]\nTimeout=10\n");
    assert_eq!(laptop.locks_after(), Reading::Known(605));
    laptop.write(KDE_OWN, "[Daemon]\nTimeout=1\nLockGrace=0\n");
    assert_eq!(laptop.locks_after(), Reading::Known(60));
    laptop.write(KDE_OWN, "[Daemon]\nAutolock=false\n");
    assert_eq!(laptop.locks_after(), Reading::Absent);
    laptop.write(
        "etc/xdg/kscreenlockerrc",
        "[Daemon][$i]\nAutolock=true\nTimeout=10\nLockGrace=0\n",
    );
    assert_eq!(laptop.locks_after(), Reading::Known(600));
    laptop.write(
        "etc/xdg/kscreenlockerrc",
        "[Daemon][$i]\nAutolock=true\nTimeout=soon\n",
    );
    assert!(matches!(
        laptop.locks_after(),
        Reading::Unknown(Why::Unreadable(_))
    ));
}

#[test]
fn without_a_desktop_there_is_nothing_to_lock_and_without_a_session_nobody() {
    let laptop = Laptop::of("UID=0\nTYPE=tty\nCLASS=user\nUSER=root\n");
    assert_eq!(laptop.locks(), Reading::Absent);
    laptop.write("usr/share/wayland-sessions/gnome.desktop", "");
    assert_eq!(laptop.locks(), Reading::Known(vec![]));
    fs::remove_dir_all(laptop.0.path().join("run/systemd")).unwrap();
    assert!(matches!(
        laptop.locks(),
        Reading::Unknown(Why::ToolMissing(_))
    ));
    let other = Laptop::of(&KDE.replace("KDE", "sway"));
    assert!(matches!(
        other.locks_after(),
        Reading::Unknown(Why::Unsupported(_))
    ));
}

#[test]
fn what_logind_does_when_idle_is_told_and_decides_nothing() {
    let laptop = Laptop::of(KDE);
    laptop.write(
        "etc/systemd/logind.conf",
        "[Login]\nIdleAction=lock\nIdleActionSec=2min\n",
    );
    let Reading::Known(locks) = laptop.locks() else {
        panic!()
    };
    let seen = Evidence::new("/etc/systemd/logind.conf IdleAction", "lock");
    assert!(locks[0].evidence.contains(&seen), "{locks:?}");
    assert_eq!(laptop.locks_after(), Reading::Known(305));
}
