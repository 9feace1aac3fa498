//! Everything but disks: files that look like protection and are none, dates, other locales, and what is
//! removed and still listed. Networks have no cases: what the kernel answers is bytes, which their own tests put
//! together.
//!
//! Touches temporary folders. Must never take an outcome for granted that the case did not bring about.

use crate::laptop::{DAILY, Laptop, PACKAGES, SECURE_BOOT, STATUS, VERSION, header};
use crate::{Case, judge};

const DEFINITIONS: &str = "definitions-current";
const SOFTWARE: &str = "software-allowed";
const UPDATES: &str = "updates-pending";

/// Seconds of 2026-10-01, long before any case is judged, and of 2027-01-01, long after.
const OLD: i64 = 1_790_812_800;
const AHEAD: i64 = 1_798_761_600;

fn mdatp(of: &Laptop, health: &str) {
    of.remove("usr/sbin/clamd");
    of.write("usr/bin/mdatp", "");
    of.write("var/lib/sekisho-capture/mdatp-health.json", health);
}

fn package(of: &Laptop, name: &str, status: &str) {
    let stanza =
        format!("Package: {name}\nStatus: {status}\nArchitecture: amd64\nVersion: 1.0-1\n\n");
    of.add(STATUS, &stanza);
}

const ANTIVIRUS: &[Case] = &[
    (
        "daily definitions that are old, and bytecode that is new",
        |of| {
            of.write(DAILY, header(27700, OLD));
            of.write("var/lib/clamav/bytecode.cvd", header(400, 1_795_384_403));
            of.write(VERSION, "ClamAV 1.4.3/27700/Thu Oct  1 00:00:00 2026\0");
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "the same, where the bytecode bears the number of the daily ones",
        |of| {
            of.write(DAILY, header(27700, OLD));
            of.write("var/lib/clamav/bytecode.cvd", header(27700, 1_795_384_403));
            of.write(VERSION, "ClamAV 1.4.3/27700/Thu Oct  1 00:00:00 2026\0");
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "new definitions on disk, and old ones in use",
        |of| of.write(VERSION, "ClamAV 1.4.3/27700/Thu Oct  1 00:00:00 2026\0"),
        DEFINITIONS,
        "fail",
    ),
    (
        "definitions of a date that is yet to come",
        |of| {
            of.write(DAILY, header(27900, AHEAD));
            of.write(VERSION, "ClamAV 1.4.3/27900/Fri Jan  1 00:00:00 2027\0");
        },
        DEFINITIONS,
        "unknown",
    ),
    (
        "a daemon that does not run beside new definitions",
        |of| {
            of.remove("var/lib/sekisho-capture/clamd-PING");
            of.remove(VERSION);
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "a daemon that has loaded no definitions",
        |of| of.write(VERSION, "ClamAV 1.4.3\0"),
        DEFINITIONS,
        "fail",
    ),
    (
        "a date in the words of another locale",
        |of| {
            of.remove(DAILY);
            of.write(VERSION, "ClamAV 1.4.3/27800/日 11月 22 09:40:00 2026\0");
        },
        DEFINITIONS,
        "unknown",
    ),
    (
        "settings with the line ends of another system",
        |of| {
            of.write(
                "etc/clamav/clamd.conf",
                "LocalSocket /run/clamav/clamd.ctl\r\n",
            )
        },
        DEFINITIONS,
        "pass",
    ),
    (
        "Defender without a licence",
        |of| {
            let health = include_str!("../../testdata/defender/health-active.json");
            mdatp(
                of,
                &health.replace("\"licensed\": true", "\"licensed\": false"),
            );
        },
        DEFINITIONS,
        "fail",
    ),
    (
        "Defender whose tool prints no answer",
        |of| mdatp(of, ""),
        DEFINITIONS,
        "unknown",
    ),
    (
        "no antivirus at all",
        |of| of.remove("usr/sbin/clamd"),
        DEFINITIONS,
        "fail",
    ),
];

#[test]
fn definitions_are_current_where_what_is_used_is_new() {
    judge(ANTIVIRUS);
}

const PACKAGES_OF: &[Case] = &[
    (
        "a package that is not allowed",
        |of| package(of, "teamviewer", "install ok installed"),
        SOFTWARE,
        "fail",
    ),
    (
        "the same, removed, with its settings left",
        |of| package(of, "teamviewer", "deinstall ok config-files"),
        SOFTWARE,
        "pass",
    ),
    (
        "the same, half installed",
        |of| package(of, "teamviewer", "install ok half-configured"),
        SOFTWARE,
        "fail",
    ),
    (
        "the same in capitals",
        |of| package(of, "TeamViewer", "install ok installed"),
        SOFTWARE,
        "fail",
    ),
    (
        "a list that breaks off in a package",
        |of| of.add(STATUS, "Package: teamviewer\nStatus: install"),
        SOFTWARE,
        "unknown",
    ),
    (
        "a list that is gone while dpkg is there",
        |of| {
            of.remove(STATUS);
            of.write("var/lib/dpkg/info/dpkg.list", "/.\n");
        },
        SOFTWARE,
        "unknown",
    ),
];

#[test]
fn software_is_what_is_installed() {
    judge(PACKAGES_OF);
}

const UPDATES_OF: &[Case] = &[
    (
        "an update that is out",
        |of| of.change(PACKAGES, "2.0-1", "2.0-1+deb13u1"),
        UPDATES,
        "fail",
    ),
    (
        "an update for what was removed and left its settings",
        |of| {
            package(of, "gone", "deinstall ok config-files");
            of.add(
                PACKAGES,
                "Package: gone\nArchitecture: amd64\nVersion: 9\n\n",
            );
        },
        UPDATES,
        "pass",
    ),
    (
        "a version that is later as text and earlier as a version",
        |of| of.change(PACKAGES, "2.0-1", "2.0~rc9-1"),
        UPDATES,
        "pass",
    ),
    (
        "lists of the release before",
        |of| of.change("etc/os-release", "trixie", "forky"),
        UPDATES,
        "unknown",
    ),
    (
        "lists that were fetched long ago",
        |of| {
            let release = PACKAGES.replace("_main_binary-amd64_Packages", "_InRelease");
            of.change(&release, "23 Nov 2026", "23 Sep 2026");
            of.change(&release, "Mon,", "Wed,");
        },
        UPDATES,
        "unknown",
    ),
    (
        "a kernel that waits for a restart",
        |of| package(of, "linux-image-6.12.0-10-amd64", "install ok installed"),
        UPDATES,
        "fail",
    ),
    (
        "a release without support",
        |of| {
            of.change("etc/os-release", "\"13\"", "\"10\"");
        },
        "os-supported",
        "fail",
    ),
    (
        "the same with the line ends of another system",
        |of| of.write("etc/os-release", "ID=debian\r\nVERSION_ID=\"10\"\r\n"),
        "os-supported",
        "fail",
    ),
    (
        "a release that nobody knows",
        |of| of.change("etc/os-release", "ID=debian", "ID=hinoki"),
        "os-supported",
        "unknown",
    ),
];

#[test]
fn updates_are_told_by_the_lists_of_this_release() {
    judge(UPDATES_OF);
}

const GUARDS: &[Case] = &[
    (
        "a firewall that is set up and not in the kernel",
        |of| {
            of.write("etc/ufw/ufw.conf", "ENABLED=yes\n");
            of.write("var/lib/sekisho-capture/nft.json", r#"{"nftables": []}"#);
        },
        "firewall-on",
        "fail",
    ),
    (
        "a listing of the firewall that nobody took",
        |of| of.remove("var/lib/sekisho-capture/nft.json"),
        "firewall-on",
        "unknown",
    ),
    (
        "a firewall that lets in all interfaces but one",
        |of| {
            let rules = r#"{"nftables": [
                {"chain": {"family": "inet", "table": "t", "name": "in", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
                {"rule": {"family": "inet", "table": "t", "chain": "in", "expr": [
                    {"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "docker0"}}, {"accept": null}]}}]}"#;
            of.write("var/lib/sekisho-capture/nft.json", rules);
        },
        "firewall-on",
        "fail",
    ),
    (
        "Secure Boot that shim undoes",
        |of| {
            let shim = "sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23";
            of.write(shim, [6, 0, 0, 0, 1]);
        },
        "secure-boot",
        "fail",
    ),
    (
        "variables of the firmware that are not mounted",
        |of| of.remove(SECURE_BOOT),
        "secure-boot",
        "unknown",
    ),
    (
        "another account with root's number",
        |of| of.add("etc/passwd", "toor:x:0:0::/root:/bin/sh\n"),
        "local-administrators",
        "fail",
    ),
    (
        "administrators by their first group, whom the group does not list",
        |of| of.add("etc/passwd", "ken:x:1001:27::/home/ken:/bin/sh\n"),
        "local-administrators",
        "fail",
    ),
    (
        "a directory whose accounts are not read",
        |of| of.write("etc/nsswitch.conf", "passwd: files ldap\n"),
        "local-administrators",
        "unknown",
    ),
    (
        "another account with root's number, which came with the image",
        |of| {
            of.write("etc/nsswitch.conf", "passwd: files altfiles systemd\n");
            of.write("usr/lib/passwd", "toor:x:0:0::/root:/bin/sh\n");
        },
        "local-administrators",
        "fail",
    ),
    (
        "a lock that the user can change and did",
        |of| {
            of.change("etc/xdg/kscreenlockerrc", "[Daemon][$i]", "[Daemon]");
            of.write(
                "home/aiko/.config/kscreenlockerrc",
                "[Daemon]\nAutolock=false\n",
            );
        },
        "screen-locks",
        "fail",
    ),
    (
        "a lock that the user tried to change and could not",
        |of| {
            of.write(
                "home/aiko/.config/kscreenlockerrc",
                "[Daemon]\nAutolock=false\n",
            )
        },
        "screen-locks",
        "pass",
    ),
    (
        "a desktop that does not tell",
        |of| of.change("run/systemd/sessions/2", "KDE", "sway"),
        "screen-locks",
        "unknown",
    ),
];

#[test]
fn guards_count_where_they_are_in_force() {
    judge(GUARDS);
}
