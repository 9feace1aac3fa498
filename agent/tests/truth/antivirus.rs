//! What antivirus products say of themselves and have found: each in order once, and once for each way of not being so.
//!
//! Touches temporary folders. Must never have a case pass by a product that is not the one it is about.

use crate::laptop::{DEFENDER, Laptop, THREATS};
use crate::{Case, judge};

const DEFINITIONS: &str = "definitions-current";
const MALWARE: &str = "no-active-malware";
const HEALTH: &str = "var/lib/sekisho-capture/mdatp-health.json";
const DAY: &str = "20261123";

/// ClamAV is gone, and a product of another maker runs.
fn only(of: &Laptop, folder: &str, unit: &str) {
    of.remove("usr/sbin/clamd");
    of.write(&format!("{folder}/is_there"), "");
    of.write(&format!("usr/lib/systemd/system/{unit}"), "[Service]\n");
    let group = format!("sys/fs/cgroup/system.slice/{unit}/cgroup.events");
    of.write(&group, "populated 1\nfrozen 0\n");
}

fn eset(of: &Laptop, day: &str) {
    only(of, "opt/eset/eea", "eea.service");
    let modules = format!("EM002   30412     ({day})   Detection engine\n");
    of.write("var/lib/sekisho-capture/eset-eea-modules.txt", modules);
}

fn falcon(of: &Laptop, said: &str) {
    only(of, "opt/CrowdStrike", "falcon-sensor.service");
    of.write("var/lib/sekisho-capture/falconctl.txt", said);
}

fn sentinel(of: &Laptop, state: &str, connectivity: &str) {
    only(of, "opt/sentinelone", "sentinelone.service");
    let say = |name: &str, line: &str, value: &str| {
        let path = format!("var/lib/sekisho-capture/sentinelctl-{name}.txt");
        of.write(&path, format!("{line}   {value}\n"));
    };
    say("control", "Agent state", state);
    say("management", "Connectivity", connectivity);
}

fn trend(of: &Laptop, mode: &str) {
    only(of, "opt/ds_agent", "ds_agent.service");
    let said = include_str!("../../testdata/antivirus/constructed/dsa_query.txt");
    let said = said.replace("mode: on", &format!("mode: {mode}"));
    of.write("var/lib/sekisho-capture/dsa_query.txt", said);
}

const PRODUCTS: &[Case] = &[
    (
        "Defender in order",
        |of| {
            of.remove("usr/sbin/clamd");
            of.defender();
        },
        DEFINITIONS,
        "pass",
    ),
    (
        "Defender that says it is not well",
        |of| {
            of.remove("usr/sbin/clamd");
            of.defender();
            of.change(HEALTH, "\"healthy\": true", "\"healthy\": false");
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "Defender whose licence is not told",
        |of| {
            of.remove("usr/sbin/clamd");
            of.defender();
            of.change(HEALTH, "\"licensed\"", "\"license\"");
        },
        DEFINITIONS,
        "unknown",
    ),
    ("ESET in order", |of| eset(of, DAY), DEFINITIONS, "pass"),
    (
        "ESET that is behind",
        |of| eset(of, "20261001"),
        DEFINITIONS,
        "fail",
    ),
    (
        "ESET, of which root alone is told",
        |of| only(of, "opt/eset/eea", "eea.service"),
        DEFINITIONS,
        "unknown",
    ),
    (
        "ESET whose service has no process",
        |of| {
            eset(of, DAY);
            let group = "sys/fs/cgroup/system.slice/eea.service/cgroup.events";
            of.change(group, "populated 1", "populated 0");
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "CrowdStrike in order",
        |of| falcon(of, "aid=\"f3ed\", version = 7.30\nrfm-state=false, \n"),
        DEFINITIONS,
        "pass",
    ),
    (
        "CrowdStrike in reduced functionality mode",
        |of| falcon(of, "aid=\"f3ed\", version = 7.30\nrfm-state=true, \n"),
        DEFINITIONS,
        "fail",
    ),
    (
        "CrowdStrike that its console has never given a number",
        |of| falcon(of, "aid is not set, version = 7.30\nrfm-state=false, \n"),
        DEFINITIONS,
        "fail",
    ),
    (
        "CrowdStrike that says nothing of its mode",
        |of| falcon(of, "aid=\"f3ed\", version = 7.30\n"),
        DEFINITIONS,
        "unknown",
    ),
    (
        "SentinelOne in order",
        |of| sentinel(of, "Enabled", "On"),
        DEFINITIONS,
        "pass",
    ),
    (
        "SentinelOne that is off",
        |of| sentinel(of, "Disabled", "On"),
        DEFINITIONS,
        "fail",
    ),
    (
        "SentinelOne whose console is out of reach",
        |of| sentinel(of, "Enabled", "Off"),
        DEFINITIONS,
        "fail",
    ),
    (
        "Trend Micro, which tells no date",
        |of| trend(of, "on"),
        DEFINITIONS,
        "unknown",
    ),
    (
        "Trend Micro that is off",
        |of| trend(of, "off"),
        DEFINITIONS,
        "fail",
    ),
    (
        "a product of which the service alone is told",
        |of| only(of, "opt/kaspersky/kesl", "kesl.service"),
        DEFINITIONS,
        "unknown",
    ),
    (
        "a clamd that listens on TCP alone",
        |of| {
            of.write("etc/clamav/clamd.conf", "TCPSocket 3310\n");
            of.remove("var/lib/sekisho-capture/clamd-PING");
        },
        DEFINITIONS,
        "unknown",
    ),
];

#[test]
fn definitions_are_current_where_the_product_protects() {
    judge(PRODUCTS);
}

const FOUND: &[Case] = &[
    (
        "Defender that has found nothing",
        |of| of.defender(),
        MALWARE,
        "pass",
    ),
    (
        "a product that keeps no list",
        |_| {},
        MALWARE,
        "not_applicable",
    ),
    (
        "malware that is still there",
        |of| {
            of.defender();
            of.found(r#"[{"key": 1795300000000, "value": "active"}]"#);
        },
        MALWARE,
        "fail",
    ),
    (
        "malware that somebody has allowed",
        |of| {
            of.defender();
            of.found(r#"[{"key": 1795300000000, "value": "allowed"}]"#);
        },
        MALWARE,
        "fail",
    ),
    (
        "malware that was locked away, and came back",
        |of| {
            of.defender();
            of.found(
                r#"[{"key": 1795300004000, "value": "active"},
                    {"key": 1795300000000, "value": "quarantined"}]"#,
            );
        },
        MALWARE,
        "fail",
    ),
    (
        "malware that was locked away",
        |of| {
            of.defender();
            of.found(
                r#"[{"key": 1795300000000, "value": "active"},
                    {"key": 1795300004000, "value": "quarantined"}]"#,
            );
        },
        MALWARE,
        "pass",
    ),
    (
        "malware of which a word is said that nobody knows",
        |of| {
            of.defender();
            of.found(r#"[{"key": 1795300000000, "value": "pending"}]"#);
        },
        MALWARE,
        "unknown",
    ),
    (
        "a list of another shape",
        |of| {
            of.defender();
            of.write(THREATS, r#"{"threats": []}"#);
        },
        MALWARE,
        "unknown",
    ),
    (
        "a Defender that does not answer beside a ClamAV in order",
        |of| of.write(DEFENDER, ""),
        MALWARE,
        "unknown",
    ),
    ("the same", |of| of.write(DEFENDER, ""), DEFINITIONS, "pass"),
];

#[test]
fn malware_counts_until_it_is_dealt_with() {
    judge(FOUND);
}
