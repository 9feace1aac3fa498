//! The servers under test: the product's collector and the baseline, each a process of its own.
//!
//! Touches temporary folders and the processes it starts. Must never reuse a store between figures.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls_pki_types::CertificateDer;

use crate::clock;
use crate::pki::Pki;
use crate::process::Running;

/// A running collector with a store of its own.
pub(crate) struct Centre {
    pub(crate) process: Running,
    pub(crate) agents: SocketAddr,
    pub(crate) enrolment: SocketAddr,
    pub(crate) root: CertificateDer<'static>,
    pub(crate) token: String,
    program: PathBuf,
    dir: tempfile::TempDir,
}

impl Centre {
    /// Makes a collector for `devices` laptops and waits until it answers.
    pub(crate) fn start(programs: &Path, devices: usize) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let program = programs.join("sekisho-collector");
        run(&program, &["init"], dir.path())?;
        let (agents, enrolment) = (free_address()?, free_address()?);
        let config = format!(
            "agents_address = \"{agents}\"\nenrolment_address = \"{enrolment}\"\n\
             admin_socket = \"admin.sock\"\nchanges_per_hour = 3600000\n"
        );
        std::fs::write(dir.path().join("collector.toml"), config)?;
        let root = std::fs::read(dir.path().join("keys/root.der"))?.into();
        let log = std::fs::File::create(dir.path().join("collector.log"))?;
        let mut serve = Command::new(&program);
        serve.args(["serve", "--dir"]).arg(dir.path()).stderr(log);
        let process = Running::start(&mut serve)?;
        wait_for(agents)?;
        wait_for(enrolment)?;
        let uses = devices.to_string();
        let made = run(
            &program,
            &["token", "create", "--approve", "--json", "--uses", &uses],
            dir.path(),
        )?;
        let made: serde_json::Value = serde_json::from_str(&made)?;
        let token = made.get("token").and_then(|token| token.as_str());
        let token = token.context("no token in the answer")?.to_owned();
        Ok(Self {
            process,
            agents,
            enrolment,
            root,
            token,
            program,
            dir,
        })
    }

    /// Orders every laptop to be isolated, or released.
    pub(crate) fn order_all(&self, isolate: bool) -> Result<()> {
        let verb = if isolate { "isolate" } else { "release" };
        run(
            &self.program,
            &["order", verb, "--all", "--yes", "--reason", "bench"],
            self.dir.path(),
        )?;
        Ok(())
    }
}

/// A running baseline.
pub(crate) struct RawServer {
    pub(crate) process: Running,
    pub(crate) address: SocketAddr,
    pub(crate) pki: Pki,
}

impl RawServer {
    pub(crate) fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let pki = Pki::make()?;
        pki.save(dir.path())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("raw-server").arg(dir.path());
        let mut process = Running::start(&mut command)?;
        let address = process.first_line()?.parse()?;
        Ok(Self {
            process,
            address,
            pki,
        })
    }
}

fn run(program: &Path, args: &[&str], dir: &Path) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .arg("--dir")
        .arg(dir)
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} {args:?}: {said}",
        program.display()
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(address: SocketAddr) -> Result<()> {
    let start = clock::instant();
    while std::net::TcpStream::connect(address).is_err() {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "nothing listens on {address}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
