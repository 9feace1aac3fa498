//! A Windows laptop: a prefix of Wine in a folder of its own, with the agent's program on it.
//!
//! Touches that folder and the processes of that prefix. Must never read what a program of Wine prints through a
//! pipe: whatever that program starts keeps the pipe open.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use sekisho_tests::child::Child;
use sekisho_tests::eventually::eventually;
use serde_json::Value;
use tempfile::TempDir;

const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The laptop.
pub(crate) struct Windows {
    dir: TempDir,
    agent: Option<Child>,
}

/// What a program said.
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Windows {
    pub(crate) fn new() -> Self {
        let laptop = Self {
            dir: tempfile::tempdir().unwrap(),
            agent: None,
        };
        laptop.succeeds("wineboot", &["-i"]);
        let system = laptop.prefix().join("drive_c/windows/system32");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("wine/bcryptprimitives.c");
        let library = system.join("bcryptprimitives.dll");
        let mut compiler = Command::new(COMPILER);
        compiler.args(["-shared", "-O2", "-s", "-o"]).arg(&library);
        let built = compiler.arg(source).arg("-ladvapi32").status().unwrap();
        assert!(built.success(), "{COMPILER}: {built}");
        laptop.succeeds("winecfg", &["-v", "win10"]);
        laptop
    }

    fn prefix(&self) -> PathBuf {
        self.dir.path().join("prefix")
    }

    /// Where the agent keeps its state, as Windows names it.
    fn state_dir(&self) -> String {
        r"C:\sekisho".to_owned()
    }

    fn command(&self, program: &Path, typed: &[&str]) -> Command {
        let mut command = Command::new(WINE);
        command
            .arg(program)
            .args(typed)
            .env("WINEPREFIX", self.prefix())
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env(
                "WINEDLLOVERRIDES",
                "mscoree=;mshtml=;winedbg.exe=;winemenubuilder.exe=",
            )
            .env("SEKISHO_STATE_DIR", self.state_dir())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    fn agent_path() -> PathBuf {
        let path = std::env::var_os("SEKISHO_WINDOWS_AGENT");
        PathBuf::from(
            path.expect("SEKISHO_WINDOWS_AGENT names the program; cargo xtask windows sets it"),
        )
    }

    fn said(&self, mut command: Command) -> Said {
        let (out, err) = (
            self.dir.path().join("stdout"),
            self.dir.path().join("stderr"),
        );
        let status = command
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .status()
            .unwrap();
        let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Said {
            status,
            stdout: read(out),
            stderr: read(err),
        }
    }

    /// What somebody types of the agent, and what comes of it.
    pub(crate) fn type_in(&self, typed: &[&str]) -> Said {
        self.said(self.command(&Self::agent_path(), typed))
    }

    /// The same in the language of this locale.
    pub(crate) fn type_in_under(&self, locale: &str, typed: &[&str]) -> Said {
        let mut command = self.command(&Self::agent_path(), typed);
        command.env("LC_ALL", locale);
        self.said(command)
    }

    /// A file of the laptop's, by its path below `C:`.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.prefix().join("drive_c").join(path)).unwrap()
    }

    /// Runs a program of Windows.
    pub(crate) fn succeeds(&self, program: &str, typed: &[&str]) {
        let said = self.said(self.command(Path::new(program), typed));
        assert!(
            said.status.success(),
            "{program} {typed:?}: {}",
            said.stderr
        );
    }

    /// What `status --json` says; an error while the agent does not answer.
    pub(crate) fn status(&self) -> Result<Value, String> {
        let said = self.type_in(&["status", "--json"]);
        serde_json::from_str(&said.stdout).map_err(|_| said.stderr)
    }

    /// Waits until `status` has this.
    pub(crate) fn until_status(&self, pointer: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("the laptop's {pointer}"), || {
            let status = self.status()?;
            match status.pointer(pointer) {
                Some(found) if is(found) => Ok(status),
                Some(_) | None => Err(status.to_string()),
            }
        })
    }

    /// Switches it on.
    pub(crate) fn start(&mut self) {
        let mut command = self.command(&Self::agent_path(), &["run"]);
        let log = self.dir.path().join("agent.log");
        self.agent = Some(Child::start("the agent in Wine", &mut command, &log));
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.kill();
        }
        // Ends every process of this prefix, and of no other.
        let ended = Command::new(SERVER)
            .arg("-k")
            .env("WINEPREFIX", self.prefix())
            .status();
        drop(ended);
    }
}
