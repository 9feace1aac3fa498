//! Which rights it takes: CAP_NET_ADMIN alone is enough, and without it nothing is pretended.

use std::process::Command;

use sekisho_agent::clock;
use sekisho_agent::enforce::linux::watch::Watch;
use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};

use crate::lab::*;
use crate::traffic::tcp;
use crate::{REFUSED, assert_isolated};

/// Set when this program runs itself as another user.
const INSIDE: &str = "SEKISHO_TEST_INSIDE";

#[test]
fn an_unprivileged_user_with_the_one_capability_isolates_and_verifies() {
    if std::env::var_os(INSIDE).is_some() {
        let report = alone(async {
            let (_watch, trouble) = Watch::open();
            assert!(trouble.is_none(), "{trouble:?}");
            enforcer()
                .reconcile(&desired(Access::Isolated), clock::now())
                .await
        });
        return assert_isolated(&report);
    }
    let Some(lab) = lab() else { return };
    let name = "rights::an_unprivileged_user_with_the_one_capability_isolates_and_verifies";
    as_user(&lab, name, "+net_admin");
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V4), Ok(()));
}

#[test]
fn without_the_capability_the_report_says_so() {
    if std::env::var_os(INSIDE).is_some() {
        let report = alone(async {
            let (_watch, trouble) = Watch::open();
            assert!(trouble.is_some());
            enforcer()
                .reconcile(&desired(Access::Isolated), clock::now())
                .await
        });
        let Reading::Unknown(Why::NotPermitted(_)) = report.applied else {
            panic!("{:?}", report.applied);
        };
        return assert_eq!(report.verified, Reading::Known(Access::Full));
    }
    let Some(lab) = lab() else { return };
    as_user(
        &lab,
        "rights::without_the_capability_the_report_says_so",
        "-all",
    );
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), Ok(()));
}

/// Runs one test of this program on the laptop as the agent's user with these capabilities.
#[track_caller]
fn as_user(lab: &Lab, test: &str, capabilities: &'static str) {
    let test = test.to_owned();
    let output = lab.laptop.run(move || {
        Command::new("setpriv")
            .args([
                &format!("--reuid={AGENT}"),
                &format!("--regid={AGENT}"),
                "--clear-groups",
                "--no-new-privs",
                &format!("--inh-caps=-all,{capabilities}"),
                &format!("--ambient-caps=-all,{capabilities}"),
                &format!("--bounding-set=-all,{capabilities}"),
            ])
            .arg(std::env::current_exe().unwrap())
            .args([&test, "--exact", "--nocapture"])
            .env(INSIDE, "1")
            .output()
            .unwrap()
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}{complaint}");
    assert!(text.contains("1 passed"), "{text}");
}

fn alone<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(task)
}
