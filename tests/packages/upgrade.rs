//! Upgrades that go wrong: a new version that cannot read what is on the laptop, and one that does not start.
//!
//! Touches a fresh system on a network of its own. The programs that go wrong are compiled here; all else is real.

use std::fs;
use std::path::Path;
use std::process::Command;

use sekisho_tests::eventually::eventually;
use sekisho_tests::guest::{missing, run};
use sekisho_tests::netns::Namespace;
use sekisho_tests::programs;
use sekisho_tests::skip::{may_make_namespaces, skipped};
use serde_json::Value;
use tempfile::TempDir;

use crate::fresh::Fresh;
use crate::life::{IDENTITY, PRESEED, enrols, is_judged, makes_a_collector, serves};
use crate::packed::Packed;
use crate::service::Unit;

const PROGRAM: &str = "/usr/bin/sekisho-agent";
const NOTE: &str = "/var/lib/sekisho-agent/taken-back";
const REFUSED: &str = "/var/lib/sekisho-agent.refused";
const TRIAL: &str = "/var/lib/sekisho-agent-last-good/trial";

/// A program that ends so, by the last word that it is told.
fn program(preflight: u8, run: u8) -> String {
    format!(
        "#include <string.h>\nint main(int c, char **v) {{ \
         return strcmp(v[c - 1], \"preflight\") ? {run} : {preflight}; }}\n"
    )
}

/// One that finds nothing amiss, leaves the thread of its reports in a form that no other reads, and dies.
const SPOILS: &str = "#include <stdio.h>\n#include <string.h>\nint main(int c, char **v) { \
     if (!strcmp(v[c - 1], \"preflight\")) return 0; \
     FILE *thread = fopen(\"/var/lib/sekisho-agent/memory/thread\", \"w\"); \
     if (thread) { fputs(\"of another version\", thread); fclose(thread); } return 1; }\n";

/// A package of the next version, whose agent is that program.
#[track_caller]
fn packed(source: &str) -> (TempDir, Packed) {
    let dir = TempDir::new().unwrap();
    let built = programs::agent();
    for name in ["sekisho-collector", "sekisho-pages"] {
        fs::copy(built.with_file_name(name), dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("agent.c"), source).unwrap();
    let mut compile = Command::new("cc");
    compile.arg("-o").arg(dir.path().join("sekisho-agent"));
    run(compile.arg(dir.path().join("agent.c"))).unwrap();
    let packed = Packed::of_programs("deb", "0.2.0", "022", dir.path());
    (dir, packed)
}

#[track_caller]
fn status(fresh: &Fresh) -> Value {
    eventually("the agent is attached", || {
        let asked = fresh.tries(&["sekisho-agent", "status", "--json"]);
        let status: Value = serde_json::from_slice(&asked.stdout).unwrap_or_default();
        let attached = status["attached"] == true;
        attached.then_some(status).ok_or(format!("{asked:?}"))
    })
}

#[test]
fn a_version_that_cannot_go_on_is_taken_back_and_the_laptop_says_so() {
    if !may_make_namespaces() {
        return;
    }
    if let Some(tool) = missing(&["cc", "setpriv"]) {
        skipped(&format!("{tool} is not installed"));
        return;
    }
    let network = Namespace::new("upgrade");
    let Some(fresh) = Fresh::new(network.prefix()) else {
        return;
    };
    let good = Packed::new("deb", "0.1.0", "022");
    fresh.installs(&good.of("sekisho-collector"));
    let token = makes_a_collector(&fresh);
    let collector = serves(&fresh);
    let preseed = format!("SEKISHO_COLLECTOR=127.0.0.1:7444\nSEKISHO_TOKEN={token}\n");
    fs::write(fresh.path(PRESEED), preseed).unwrap();
    fresh.installs(&good.of("sekisho-agent"));
    enrols(&fresh);
    let log = fresh.path("tmp/agent.log");
    let unit = || Unit::of(&fresh, "sekisho-agent.service");
    let agent = unit().start(&log);
    let id = is_judged(&fresh);
    agent.stop();
    let works = fs::read(fresh.path(PROGRAM)).unwrap();
    let identity = fs::read(fresh.path(IDENTITY)).unwrap();
    let goes_on = |why: &str| {
        let agent = unit().start(&log);
        assert!(fs::read(fresh.path(PROGRAM)).unwrap() == works);
        assert!(fs::read(fresh.path(IDENTITY)).unwrap() == identity);
        unit().is_ready();
        let status = status(&fresh);
        let trouble = status["upgrade_trouble"].as_str().unwrap_or_default();
        assert!(
            trouble.starts_with("version 0.2.0-1 was taken back to 0.1.0:"),
            "{status}"
        );
        assert!(trouble.contains(why), "{status}");
        let written = fs::read_to_string(&log).unwrap();
        assert!(written.contains("an upgrade was taken back"), "{written}");
        eventually("the collector shows it", || {
            let shown = fresh.does(&["sekisho-collector", "device", "show", &id]);
            let tells = shown.contains("version 0.2.0-1 was taken back");
            tells.then_some(()).ok_or(shown)
        });
        agent.stop();
    };

    let (_dir, blind) = packed(&program(1, 1));
    let said = fresh.tries_to_install(&blind.of("sekisho-agent"));
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        !said.status.success() && text.contains("was taken back to 0.1.0:"),
        "{said:?}"
    );
    goes_on("it cannot be run");

    let (_dir, lame) = packed(&program(0, 1));
    fresh.installs(&lame.of("sekisho-agent"));
    assert!(fs::read(fresh.path(PROGRAM)).unwrap() != works);
    for _ in 0..3 {
        unit().fails_to_start();
    }
    goes_on("never became ready");
    assert!(!fresh.has(REFUSED), "its state was never another one");

    let thread = fresh.path("/var/lib/sekisho-agent/memory/thread");
    let (_dir, spoils) = packed(SPOILS);
    fresh.installs(&spoils.of("sekisho-agent"));
    for _ in 0..3 {
        unit().fails_to_start();
    }
    assert_eq!(fs::read(&thread).unwrap(), b"of another version");
    goes_on("the state from before the upgrade is back");
    let refused = fresh.path(REFUSED).join("memory/thread");
    assert_eq!(fs::read(refused).unwrap(), b"of another version");

    // One that starts is kept, and the trouble is over.
    let next = Packed::new("deb", "0.3.0", "022");
    fresh.installs(&next.of("sekisho-agent"));
    assert!(fresh.has(TRIAL));
    let agent = unit().start(&log);
    status(&fresh);
    unit().is_ready();
    agent.stop();
    assert!(!fresh.has(TRIAL) && !fresh.has(NOTE));
    reads_no_less_than_it_did(&fresh);
    collector.stop();
}

/// What is damaged is told by the look before a start, which changes nothing.
#[track_caller]
fn reads_no_less_than_it_did(fresh: &Fresh) {
    fresh.does(&["sekisho-agent", "preflight"]);
    let thread = fresh.path("/var/lib/sekisho-agent/memory/thread");
    let kept = fs::read(&thread).unwrap();
    fs::write(&thread, b"rubbish").unwrap();
    let refused = fresh.tries(&["sekisho-agent", "preflight"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("memory/thread"));
    assert_eq!(fs::read(&thread).unwrap(), b"rubbish");
    fs::write(Path::new(&thread), kept).unwrap();
}
