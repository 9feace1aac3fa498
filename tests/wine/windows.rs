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
/// The version of the package under test, and one that is said to be newer.
pub(crate) const PRESENT: &str = env!("CARGO_PKG_VERSION");
pub(crate) const NEWER: &str = "99.0.0";

/// The laptop.
pub(crate) struct Windows {
    dir: TempDir,
    agent: Option<Child>,
    /// The desktop of whoever is logged in, and what shows notifications on it.
    desktop: Vec<Child>,
    /// Whether the agent came by its package, and lies where that puts it.
    packaged: bool,
}

/// What a program said.
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Windows {
    pub(crate) fn new() -> Self {
        Self::made(false)
    }

    /// A laptop on which the agent is still to be installed.
    pub(crate) fn without_agent() -> Self {
        let laptop = Self::made(true);
        laptop.boots();
        laptop
    }

    /// Ends every program of it, and has it begin anew.
    pub(crate) fn boots(&self) {
        // Services live while the server does, and the one at hand would end with the last program.
        for option in ["-k", "-w", "-p"] {
            let mut server = Command::new(SERVER);
            server.arg(option).env("WINEPREFIX", self.prefix());
            let done = server.stdin(Stdio::null()).stdout(Stdio::null()).status();
            assert!(done.unwrap().success(), "{SERVER} {option}");
        }
    }

    fn made(packaged: bool) -> Self {
        let laptop = Self {
            dir: tempfile::tempdir().unwrap(),
            agent: None,
            desktop: Vec::new(),
            packaged,
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
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        if self.packaged {
            // Else the language would be told by it, and not by the package.
            command.env_remove("LC_ALL").env_remove("LANG");
        } else {
            command.env("SEKISHO_STATE_DIR", self.state_dir());
        }
        command
    }

    fn agent_path(&self) -> PathBuf {
        if self.packaged {
            return self.program_dir().join("sekisho-agent.exe");
        }
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
        self.said(self.command(&self.agent_path(), typed))
    }

    /// The same in the language of this locale.
    pub(crate) fn type_in_under(&self, locale: &str, typed: &[&str]) -> Said {
        let mut command = self.command(&self.agent_path(), typed);
        command.env("LC_ALL", locale);
        self.said(command)
    }

    /// Where a path below `C:` lies.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.drive().join(path)
    }

    /// A file of the laptop's, by its path below `C:`.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
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

    /// Runs a program of ours that is no part of the laptop.
    pub(crate) fn types(&self, program: &Path, typed: &[&str]) -> Said {
        self.said(self.command(program, typed))
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
        let mut command = self.command(&self.agent_path(), &["run"]);
        let log = self.dir.path().join("agent.log");
        self.agent = Some(Child::start("the agent in Wine", &mut command, &log));
    }
}

/// What somebody sees who is logged in.
impl Windows {
    /// Logs somebody in, of this locale, whose taskbar notes what it is to show, and starts what Windows would.
    pub(crate) fn logs_in(&mut self, locale: &str) {
        // Windows without a screen, for all programs that start from now on.
        let key = r"HKCU\Software\Wine\Drivers";
        self.succeeds("reg", &["add", key, "/v", "Graphics", "/d", "null", "/f"]);
        self.boots();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("wine/taskbar.c");
        let taskbar = self.dir.path().join("taskbar.exe");
        let mut compiler = Command::new(COMPILER);
        compiler
            .args(["-O2", "-s", "-municode", "-o"])
            .arg(&taskbar);
        let built = compiler.arg(source).status().unwrap();
        assert!(built.success(), "{COMPILER}: {built}");
        let log = self.dir.path().join("taskbar.log");
        let start = |laptop: &Self| {
            let mut command = laptop.command(&taskbar, &[r"C:\shown.txt"]);
            command.env("WINEDEBUG", "fixme-all");
            Child::start("the taskbar in Wine", &mut command, &log)
        };
        let mut taskbar = start(self);
        eventually("the taskbar", || {
            if self.path("shown.txt").exists() {
                return Ok(());
            }
            let seen = format!("{:?}, {}", taskbar.ended(), taskbar.log());
            // On a busy machine the desktop may not be there in time for its first window.
            if taskbar.ended().is_some() {
                taskbar = start(self);
            }
            Err(seen)
        });
        self.desktop.push(taskbar);
        let mut command = self.command(&self.agent_path(), &["notify"]);
        command.env("LC_ALL", locale);
        let log = self.dir.path().join("notify.log");
        let notify = Child::start("notifications in Wine", &mut command, &log);
        self.desktop.push(notify);
    }

    /// Waits until the taskbar was to show this.
    pub(crate) fn until_shown(&self, title: &str) -> String {
        eventually(&format!("a notification of {title}"), || {
            let shown = self.read("shown.txt");
            let mut lines = shown.lines();
            let line = lines.rfind(|line| line.starts_with(title));
            line.map(ToOwned::to_owned).ok_or(shown)
        })
    }
}

/// What an administrator does with the package, and sees of it.
impl Windows {
    /// The package of this version, as Windows names it.
    pub(crate) fn package(&self, version: &str) -> String {
        let dir = std::env::var("SEKISHO_WINDOWS_PACKAGES");
        let dir =
            dir.expect("SEKISHO_WINDOWS_PACKAGES names their folder; cargo xtask windows sets it");
        format!(r"Z:{dir}/sekisho-agent-{version}-x64.msi").replace('/', r"\")
    }

    /// Runs the installer without a word to anybody, and gives its exit code.
    pub(crate) fn msiexec(&self, typed: &[&str], properties: &[String]) -> i32 {
        let mut typed = typed.to_vec();
        typed.extend(["/qn", "/l*v", r"C:\msi.log"]);
        typed.extend(properties.iter().map(String::as_str));
        let said = self.said(self.command(Path::new("msiexec"), &typed));
        said.status.code().unwrap()
    }

    /// Begins to install a version, to be broken off.
    pub(crate) fn begins_to_install(&self, version: &str) -> Child {
        let package = self.package(version);
        let mut command = self.command(Path::new("msiexec"), &["/i", &package, "/qn"]);
        let log = self.dir.path().join("installer.log");
        Child::start("the installer in Wine", &mut command, &log)
    }

    /// Starts the installed program in somebody's console.
    pub(crate) fn leaves_open(&mut self, typed: &[&str]) {
        let mut command = self.command(&self.agent_path(), typed);
        let log = self.dir.path().join("console.log");
        let console = Child::start("a console in Wine", &mut command, &log);
        self.desktop.push(console);
    }

    /// Whether that console still runs.
    pub(crate) fn is_open(&mut self) -> bool {
        let console = self.desktop.last_mut();
        console.is_some_and(|console| console.ended().is_none())
    }

    /// Installs a version, and gives what the agent says of its start.
    pub(crate) fn installs(&self, version: &str, properties: &[String]) -> String {
        let code = self.msiexec(&["/i", &self.package(version)], properties);
        assert_eq!(code, 0, "{}", self.installer_log());
        self.log()
    }

    pub(crate) fn uninstalls(&self, version: &str, properties: &[String]) {
        let code = self.msiexec(&["/x", &self.package(version)], properties);
        assert_eq!(code, 0, "{}", self.installer_log());
    }

    fn installer_log(&self) -> String {
        let log = fs::read(self.drive().join("msi.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).replace('\0', "")
    }

    pub(crate) fn drive(&self) -> PathBuf {
        self.prefix().join("drive_c")
    }

    /// Where the package puts the program.
    pub(crate) fn program_dir(&self) -> PathBuf {
        self.drive().join("Program Files/Sekisho")
    }

    /// Where the installed agent keeps its state.
    pub(crate) fn state_path(&self) -> PathBuf {
        self.drive().join("ProgramData/Sekisho Agent")
    }

    /// What lies there.
    pub(crate) fn state(&self) -> Vec<String> {
        let Ok(list) = fs::read_dir(self.state_path()) else {
            return Vec::new();
        };
        list.map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    /// What the installed agent has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.state_path().join("agent.log")).unwrap_or_default()
    }

    /// What the registry has below a key; nothing where there is none.
    pub(crate) fn registry(&self, key: &str) -> String {
        let said = self.said(self.command(Path::new("reg"), &["query", key, "/s"]));
        match said.status.success() {
            true => said.stdout,
            false => String::new(),
        }
    }

    /// What a group policy brings.
    pub(crate) fn policy(&self, name: &str, text: &str) {
        let key = r"HKLM\Software\Policies\Sekisho\Agent";
        self.succeeds("reg", &["add", key, "/v", name, "/d", text, "/f"]);
    }

    /// How the service stands, in the word of the service control manager; nothing where there is none.
    pub(crate) fn service_state(&self) -> Option<String> {
        let said = self.said(self.command(Path::new("sc"), &["query", "SekishoAgent"]));
        let line = said.stdout.lines().find(|line| line.contains("STATE"))?;
        Some(line.split_whitespace().last()?.to_owned())
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        for program in self.agent.take().into_iter().chain(self.desktop.drain(..)) {
            program.kill();
        }
        if std::thread::panicking() && self.packaged {
            println!("--- the agent said:\n{}\n---", self.log());
        }
        // Ends every process of this prefix, and of no other.
        let ended = Command::new(SERVER)
            .arg("-k")
            .env("WINEPREFIX", self.prefix())
            .status();
        drop(ended);
    }
}
