//! `cargo xtask msi`: what an administrator rolls out to Windows laptops, packed on Debian.
//!
//! Touches a temporary folder and the folder the package is written to. Must never put anything into a package that
//! depends on when or where it was packed.

mod code;
mod dates;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::packages::Epoch;
use crate::{step, tools, windows};

/// What says what is installed.
const SOURCE: &str = "packaging/windows/agent.wxs";
/// What a group policy can tell the agent.
const TEMPLATES: &str = "packaging/windows/PolicyDefinitions";
/// The program within.
const PROGRAM: &str = "sekisho-agent.exe";
/// What the program says that it is, whatever the package says.
const PROGRAM_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), ".0");
/// What a package is said to be that others are upgraded to, to try that out.
const NEWER: &str = "99.0.0";
/// What the package may take.
const SIZE_MAX_KIB: u64 = 6 * 1024;
/// Properties that a silent installation passes on to the part of the installer that runs as the system.
const SECURE: &str =
    "COLLECTOR;ENROLL_TOKEN;GROUP;LANGUAGE;PURGE;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED";
/// What the packer's language has no words for, or takes and drops: which properties are secure, the token's component
/// only with a token, a short name, a service without which the installation fails, a text with variables in
/// it, and of which version the program says that it is (a file with a version has no hash).
const FILLED_IN: [&str; 7] = [
    "UPDATE `Property` SET `Value` = '{SECURE}' WHERE `Property` = 'SecureCustomProperties'",
    "UPDATE `Component` SET `Condition` = 'ENROLL_TOKEN' WHERE `Component` = 'Token'",
    "UPDATE `File` SET `FileName` = 'SEKISH~1.EXE|sekisho-agent.exe' WHERE `File` = 'AgentProgram'",
    "UPDATE `File` SET `Version` = '{PROGRAM}', `Language` = '1033' WHERE `File` = 'AgentProgram'",
    "DELETE FROM `MsiFileHash` WHERE `File_` = 'AgentProgram'",
    r"UPDATE `Registry` SET `Value` = '#%%SystemRoot%\System32\EventCreate.exe' WHERE `Registry` = 'EventMessages'",
    "UPDATE `ServiceInstall` SET `ErrorControl` = 32769 WHERE `ServiceInstall` = 'AgentService'",
];

/// What to pack, and whereto.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder for the package
    #[arg(long, value_name = "DIR", default_value = "target/packages")]
    out: PathBuf,
    /// Pack this program instead of building one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Sign program and package with this certificate (PEM, with what leads to its root)
    #[arg(long, value_name = "FILE", requires = "key")]
    sign: Option<PathBuf>,
    /// The key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "sign")]
    key: Option<PathBuf>,
    /// Have the signatures dated by this service (RFC 3161), so that they hold when the certificate has ended
    #[arg(long, value_name = "URL", requires = "sign")]
    timestamp: Option<String>,
    /// Say that it is this version; to try an upgrade out
    #[arg(long, value_name = "VERSION", default_value = env!("CARGO_PKG_VERSION"), hide = true)]
    version: String,
    /// Let it be as large as it is: the program is not the one that is shipped
    #[arg(long, hide = true)]
    quick: bool,
}

/// Packs the agent for Windows.
///
/// # Errors
/// When a tool is missing, or the program cannot be built, packed or signed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    tools::install_for_msi()?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => {
            tools::install_for_windows()?;
            windows::build(windows::Build::Shipped)?
        }
    };
    let made = pack(arguments, &program)?;
    put_templates(&arguments.out)?;
    let size_kib = fs::metadata(&made)?.len().div_ceil(1024);
    println!("{} ({size_kib} KiB)", made.display());
    if size_kib > SIZE_MAX_KIB && !arguments.quick {
        bail!("the package may take {SIZE_MAX_KIB} KiB at most");
    }
    Ok(())
}

/// Packs a program that is not the one that is shipped, once as it is and once as a newer version, and gives the folder
/// of the packages.
///
/// # Errors
/// When a tool is missing, or the program cannot be packed.
pub(crate) fn to_try(program: &Path) -> Result<PathBuf> {
    tools::install_for_msi()?;
    let out = step::target_dir()?.join("windows").join("packages");
    for version in [env!("CARGO_PKG_VERSION"), NEWER] {
        let arguments = Arguments {
            out: out.clone(),
            program: None,
            sign: None,
            key: None,
            timestamp: None,
            version: version.to_owned(),
            quick: true,
        };
        pack(&arguments, program)?;
    }
    Ok(out)
}

fn pack(arguments: &Arguments, program: &Path) -> Result<PathBuf> {
    let epoch = Epoch::of_this_tree()?;
    let version = &arguments.version;
    let scratch = tempfile::tempdir()?;
    let packed = scratch.path().join(PROGRAM);
    fs::copy(program, &packed).with_context(|| format!("cannot copy {}", program.display()))?;
    sign(arguments, &packed)?;
    // Its time goes into the package.
    let mut touch = Command::new("touch");
    step::quiet(touch.args(["-d", &epoch.date()]).arg(&packed))?;
    let source = step::workspace_dir().join(SOURCE);
    let text = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    fs::write(scratch.path().join("agent.wxs"), &text)?;
    let product = code::of(&["product", version]);
    let content = Sha256::new()
        .chain_update(fs::read(&packed)?)
        .chain_update(&text)
        .chain_update(FILLED_IN.concat());
    // Two packages that differ may not have one code, nor two that do not differ two.
    let package = code::of(&["package", version, &code::hex(&content.finalize())]);

    let made = scratch.path().join("agent.msi");
    let mut wixl = Command::new("wixl");
    wixl.current_dir(scratch.path())
        // What it does not know it would else leave out with a warning.
        .env("G_DEBUG", "fatal-warnings")
        .env("TZ", "UTC")
        .args(["-a", "x64", "-D", &format!("Version={version}")])
        .args(["-D", &format!("ProductCode={product}")])
        .args(["-o", "agent.msi", "agent.wxs"]);
    step::quiet(&mut wixl)?;
    for query in FILLED_IN {
        let query = query
            .replace("{SECURE}", SECURE)
            .replace("{PROGRAM}", PROGRAM_VERSION);
        let mut msibuild = Command::new("msibuild");
        step::quiet(msibuild.arg(&made).args(["-q", &query]))?;
    }
    dates::settle(&made, &package, &epoch)?;
    sign(arguments, &made)?;

    fs::create_dir_all(&arguments.out)?;
    let out = arguments
        .out
        .join(format!("sekisho-agent-{version}-x64.msi"));
    fs::copy(&made, &out).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(out)
}

/// Puts the templates for group policies beside the package.
fn put_templates(out: &Path) -> Result<()> {
    let from = step::workspace_dir().join(TEMPLATES);
    let to = out.join("PolicyDefinitions");
    for file in ["Sekisho.admx", "en-US/Sekisho.adml", "ja-JP/Sekisho.adml"] {
        let put = to.join(file);
        fs::create_dir_all(put.parent().unwrap_or(&to))?;
        fs::copy(from.join(file), &put)
            .with_context(|| format!("cannot write {}", put.display()))?;
    }
    Ok(())
}

/// Signs a file in its place, where a certificate was given.
fn sign(arguments: &Arguments, file: &Path) -> Result<()> {
    let (Some(certificate), Some(key)) = (&arguments.sign, &arguments.key) else {
        return Ok(());
    };
    tools::install_for_signing()?;
    let signed = file.with_extension("signed");
    let mut command = Command::new("osslsigncode");
    command.arg("sign").arg("-certs").arg(certificate);
    command.arg("-key").arg(key).args(["-h", "sha256"]);
    command.args(["-n", "Sekisho Agent"]);
    if let Some(url) = &arguments.timestamp {
        command.args(["-ts", url]);
    }
    step::quiet(command.arg("-in").arg(file).arg("-out").arg(&signed))?;
    fs::rename(&signed, file)?;
    Ok(())
}
