//! The package for Windows as it lies on a share: the same from the same program, what it asks of the installer, and the
//! templates beside it.
//!
//! Touches temporary folders. Must never pack in another way than people do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sekisho_tests::programs;
use tempfile::TempDir;

use crate::windows::PRESENT;

/// Packs a program that nobody starts, at another place and by another clock each time.
fn packed(folder: &Path, zone: &str, more: &[&str]) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let program = folder.join("any.exe");
    fs::copy(programs::workshop(), &program).unwrap();
    let output = Command::new(programs::workshop())
        .args(["msi", "--quick", "--program"])
        .arg(&program)
        .arg("--out")
        .arg(folder)
        .args(more)
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .env("TZ", zone)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    folder.join(format!("sekisho-agent-{PRESENT}-x64.msi"))
}

fn table(package: &Path, name: &str) -> String {
    let told = Command::new("msiinfo")
        .arg("export")
        .arg(package)
        .arg(name)
        .output();
    let told = told.unwrap();
    assert!(told.status.success(), "{name}");
    String::from_utf8(told.stdout).unwrap()
}

#[test]
fn the_same_program_makes_the_same_package_wherever_it_is_packed() {
    let dir = TempDir::new().unwrap();
    let one = packed(&dir.path().join("one"), "Asia/Tokyo", &[]);
    let other = packed(&dir.path().join("other/and deeper"), "America/Lima", &[]);
    assert_eq!(fs::read(&one).unwrap(), fs::read(other).unwrap());

    let newer = packed(&dir.path().join("newer"), "UTC", &["--version", "0.1.1"]);
    let newer = newer.with_file_name("sekisho-agent-0.1.1-x64.msi");
    let code = |package: &Path| {
        let all = table(package, "Property");
        let line = all.lines().find(|line| line.starts_with("ProductCode"));
        line.unwrap().to_owned()
    };
    assert_ne!(code(&one), code(&newer), "an upgrade is another product");
}

#[test]
fn the_installer_keeps_the_token_out_of_its_lists_and_needs_the_service() {
    let dir = TempDir::new().unwrap();
    let package = packed(dir.path(), "UTC", &[]);
    let properties = table(&package, "Property");
    assert!(
        properties.contains("MsiHiddenProperties\tENROLL_TOKEN"),
        "{properties}"
    );
    for name in ["COLLECTOR", "ENROLL_TOKEN", "GROUP", "LANGUAGE", "PURGE"] {
        let secure = properties.lines().find(|line| line.starts_with("Secure"));
        assert!(secure.unwrap().contains(name), "{properties}");
    }
    // 32768: without the service there is no installation. 2: started by itself.
    let service = table(&package, "ServiceInstall");
    assert!(
        service.contains("SekishoAgent\tSekisho Agent\t16\t2\t32769"),
        "{service}"
    );
    let tables = Command::new("msiinfo").arg("tables").arg(&package).output();
    assert!(
        !String::from_utf8(tables.unwrap().stdout)
            .unwrap()
            .contains("DelayedAutoStart")
    );
}

#[test]
fn a_signed_package_shows_whose_it_is() {
    let dir = TempDir::new().unwrap();
    let (certificate, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            "/CN=Example KK",
            "-addext",
            "extendedKeyUsage=codeSigning",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success());
    let signing = [
        "--sign",
        certificate.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
    ];
    let agent = std::env::var("SEKISHO_WINDOWS_AGENT").unwrap();
    let more = [&signing[..], &["--program", &agent]].concat();
    let output = Command::new(programs::workshop())
        .args(["msi", "--quick", "--out"])
        .arg(dir.path())
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let package = dir.path().join(format!("sekisho-agent-{PRESENT}-x64.msi"));
    let shown = Command::new("osslsigncode")
        .args(["verify", "-CAfile"])
        .arg(&certificate)
        .arg("-in")
        .arg(&package)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("Example KK"), "{shown}");
    assert!(shown.contains("Signature verification: ok"), "{shown}");
}

/// What stands between these two, each time.
fn between<'a>(text: &'a str, start: &'a str, end: char) -> BTreeSet<&'a str> {
    let rest = text.split(start).skip(1);
    rest.map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn the_templates_of_group_policies_have_their_words_in_both_languages() {
    let dir = TempDir::new().unwrap();
    packed(dir.path(), "UTC", &[]);
    let templates = dir.path().join("PolicyDefinitions");
    let read = |name: &str| fs::read_to_string(templates.join(name)).unwrap();
    let policies = read("Sekisho.admx");
    let values = between(&policies, "valueName=\"", '"');
    let heeded = ["Collector", "EnrollToken", "Group", "Language"];
    assert_eq!(values, heeded.into(), "what the agent reads");
    for language in ["en-US", "ja-JP"] {
        let words = read(&format!("{language}/Sekisho.adml"));
        for (asked, told) in [
            ("$(string.", "<string id=\""),
            ("$(presentation.", "<presentation id=\""),
        ] {
            let (asked, told) = (between(&policies, asked, ')'), between(&words, told, '"'));
            assert_eq!(asked, told, "{language}");
        }
    }
}
