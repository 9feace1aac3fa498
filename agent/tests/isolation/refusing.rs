//! An `nft` that refuses what it is told to: this program runs itself again with one in the real one's
//! place, in a mount namespace of its own.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use sekisho_agent::clock;
use sekisho_agent::enforce::Enforcer;
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::Reading;

use crate::lab::*;
use crate::traffic::tcp;
use crate::{REFUSED, frames};

/// Names the file whose text the commands must not hold, in the inner run.
const WORD: &str = "SEKISHO_TEST_REFUSING";

/// The file with the word that is refused; `None` in the outer run.
pub(crate) fn inside() -> Option<OsString> {
    std::env::var_os(WORD)
}

/// Runs one test of this program again on the laptop, with an `nft` that refuses, as on a kernel that
/// lacks support, every transaction with this word in it. What the file says can be changed meanwhile.
#[track_caller]
pub(crate) fn run_again(lab: &Lab, test: &'static str, word: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let [nft, refusing, file] = ["nft", "refusing", "word"].map(|name| folder.path().join(name));
    std::fs::copy("/usr/sbin/nft", &nft).unwrap();
    std::fs::write(&file, word).unwrap();
    let script = format!(
        "#!/bin/sh\nasked=$(cat)\nword=$(cat {word})\nif [ \"$word\" ]; then case $asked in *\"$word\"*)
         echo 'Error: Could not process rule: Operation not supported' >&2; exit 1;; esac; fi
         printf %s \"$asked\" | {nft} \"$@\"\n",
        word = file.display(),
        nft = nft.display()
    );
    std::fs::write(&refusing, script).unwrap();
    std::fs::set_permissions(&refusing, PermissionsExt::from_mode(0o755)).unwrap();
    let output = lab.laptop.run(move || {
        Command::new("unshare")
            .args(["--mount", "sh", "-ec"])
            .arg("mount --bind \"$0\" /usr/sbin/nft; exec \"$@\"")
            .arg(refusing)
            .arg(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(WORD, file)
            .output()
            .unwrap()
    });
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

/// One pass in the inner run.
pub(crate) fn pass(enforcer: &mut Enforcer, access: Access) -> Enforcement {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(enforcer.reconcile_unprobed(&desired(access), clock::now()))
}

#[test]
fn what_nft_refuses_is_told_and_tried_again_at_the_next_pass() {
    if let Some(word) = inside() {
        return refused_and_tried_again(&word);
    }
    let Some(lab) = lab() else { return };
    let name = "refusing::what_nft_refuses_is_told_and_tried_again_at_the_next_pass";
    run_again(&lab, name, "\"add\"");
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
    assert!(frames::send_frame(&lab, "eth0").is_err());
}

fn refused_and_tried_again(word: &OsStr) {
    let mut enforcer = enforcer();
    let told = |account: &Enforcement| account.probes.iter().any(|probe| probe.name == "apply");
    let isolated = pass(&mut enforcer, Access::Isolated);
    assert_eq!(isolated.applied, Reading::Known(Access::Full), "what is");
    assert!(told(&isolated));

    std::fs::write(word, "").unwrap();
    let isolated = pass(&mut enforcer, Access::Isolated);
    assert_eq!(isolated.applied, Reading::Known(Access::Isolated));
    assert!(!told(&isolated));

    std::fs::write(word, "\"delete\"").unwrap();
    for _ in 0..2 {
        let released = pass(&mut enforcer, Access::Full);
        assert!(
            matches!(released.applied, Reading::Unknown(_)),
            "{released:?}"
        );
        assert!(told(&released));
    }
    std::fs::write(word, "").unwrap();
    let released = pass(&mut enforcer, Access::Full);
    assert_eq!(released.applied, Reading::Known(Access::Full));
    assert!(!told(&released));

    let isolated = pass(&mut enforcer, Access::Isolated);
    assert_eq!(isolated.applied, Reading::Known(Access::Isolated));
}
