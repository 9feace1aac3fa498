//! Asks another program: a child process by its absolute path, or a service by its socket.
//!
//! Touches child processes and local sockets. Must never search a path for a program, hand it the
//! agent's environment or rights, or leave it running after its deadline.

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::rights::start_without;
use super::{AskError, within};
use crate::clock;

/// How long an end that was not there yet is not asked for again, at most.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// Runs a program by its absolute path with an empty environment and no rights but its user's, and takes what it
/// prints, at most `max` bytes. It is killed with all its children when it is late.
///
/// # Errors
/// [`AskError::ToolMissing`] when it is not installed, [`AskError::ToolFailed`] when it ends with
/// another status than 0, [`AskError::TimedOut`], [`AskError::TooLarge`].
pub fn run(
    program: &Path,
    arguments: &[&str],
    deadline: Duration,
    max: usize,
) -> Result<Vec<u8>, AskError> {
    answer_of(program, arguments, start_without, deadline, max)
}

/// As [`run`], with the agent's right to administer the network, which the kernel's own tools need.
///
/// # Errors
/// As [`run`].
pub fn run_to_administer_network(
    program: &Path,
    arguments: &[&str],
    deadline: Duration,
    max: usize,
) -> Result<Vec<u8>, AskError> {
    answer_of(program, arguments, Command::spawn, deadline, max)
}

fn answer_of(
    program: &Path,
    arguments: &[&str],
    spawn: fn(&mut Command) -> io::Result<Child>,
    deadline: Duration,
    max: usize,
) -> Result<Vec<u8>, AskError> {
    let started = clock::instant();
    let mut child = start(program, arguments, spawn)?;
    let Some(output) = child.stdout.take() else {
        return Err(AskError::from_io(program, io::Error::other("no pipe")));
    };
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    let name = program.display().to_string();
    let answer = within(&name, deadline, move || {
        let mut bytes = Vec::new();
        output
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    });
    let answer = match answer {
        Ok(answer) => answer.map_err(|source| AskError::from_io(program, source)),
        Err(late) => Err(late),
    };
    let whole = matches!(&answer, Ok(bytes) if bytes.len() <= max);
    let mut late = false;
    if whole {
        // Its output may be closed and it live on.
        late = !has_ended(&mut child, started, deadline);
    }
    if late || !whole {
        end(&mut child);
    }
    let status = child
        .wait()
        .map_err(|source| AskError::from_io(program, source))?;
    let bytes = answer?;
    if late {
        return Err(AskError::TimedOut {
            what: name,
            deadline,
        });
    }
    if bytes.len() > max {
        return Err(AskError::TooLarge {
            path: program.to_owned(),
            max: limit,
        });
    }
    if status.success() {
        Ok(bytes)
    } else {
        Err(AskError::ToolFailed {
            program: program.to_owned(),
            status: status.to_string(),
        })
    }
}

/// The first of these programs that is there, with links followed, if nobody but root can change it.
///
/// # Errors
/// [`AskError::ToolMissing`] naming the first place, [`AskError::Untrusted`].
pub fn trusted(places: &[&str]) -> Result<PathBuf, AskError> {
    let found = places.iter().find_map(|place| {
        let path = std::fs::canonicalize(place).ok()?;
        let meta = std::fs::metadata(&path).ok()?;
        meta.is_file().then_some((path, meta))
    });
    let Some((path, meta)) = found else {
        let first = places.first().copied().unwrap_or_default();
        return Err(AskError::ToolMissing(PathBuf::from(first)));
    };
    let writable_by_others = meta.mode() & 0o022 != 0;
    if meta.uid() != 0 || writable_by_others {
        return Err(AskError::Untrusted(path));
    }
    Ok(path)
}

/// The program, with links followed, if nobody but root can put another in its place: the folders of vendors are
/// not always root's own. In a sticky one only the owner of a file can replace it.
///
/// # Errors
/// [`AskError::Untrusted`], or why a folder could not be looked at.
pub fn irreplaceable(program: PathBuf) -> Result<PathBuf, AskError> {
    for folder in program.ancestors().skip(1) {
        let meta = std::fs::metadata(folder).map_err(|error| AskError::from_io(folder, error))?;
        let writable_by_others = meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0;
        if meta.uid() != 0 || writable_by_others {
            return Err(AskError::Untrusted(program.clone()));
        }
    }
    Ok(program)
}

fn start(
    program: &Path,
    arguments: &[&str],
    spawn: fn(&mut Command) -> io::Result<Child>,
) -> Result<Child, AskError> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    spawn(&mut command).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            AskError::ToolMissing(program.to_owned())
        } else {
            AskError::from_io(program, source)
        }
    })
}

/// Whether it ends by itself before its deadline.
fn has_ended(child: &mut Child, started: Instant, deadline: Duration) -> bool {
    let mut pause = Duration::from_millis(1);
    loop {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        let passed = clock::instant().saturating_duration_since(started);
        if passed >= deadline {
            return false;
        }
        std::thread::sleep(pause.min(deadline.saturating_sub(passed)));
        pause = PAUSE_MAX.min(pause.saturating_mul(2));
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use nix::sys::signal::{Signal, killpg};
        use nix::unistd::Pid;
        if let Ok(group) = i32::try_from(child.id()) {
            // It may have ended by itself meanwhile.
            killpg(Pid::from_raw(group), Signal::SIGKILL).ok();
        }
    }
    drop(child.kill());
}

/// Connects to a local stream socket, sends the request and reads until `done` says that the
/// answer is whole or the other side closes; at most `max` bytes. Whoever may write to the socket's folder may have
/// put it there: where `believed` has users, only a service of one of them is asked.
///
/// # Errors
/// [`AskError::Missing`] without a socket, [`AskError::Refused`] without a listener,
/// [`AskError::NotPermitted`], [`AskError::TimedOut`], [`AskError::TooLarge`], [`AskError::Io`] for a service of
/// somebody else.
#[cfg(unix)]
pub fn exchange(
    socket: &Path,
    request: &[u8],
    believed: Option<&[u32]>,
    done: fn(&[u8]) -> bool,
    deadline: Duration,
    max: usize,
) -> Result<Vec<u8>, AskError> {
    let talk = Talk {
        socket: socket.to_owned(),
        request: request.to_owned(),
        believed: believed.map(<[u32]>::to_vec),
        done,
        max,
    };
    let name = socket.display().to_string();
    within(&name, deadline, move || talk.to_its_end(deadline))?
}

/// What is said to a service, and what of its answer is taken.
#[cfg(unix)]
struct Talk {
    socket: PathBuf,
    request: Vec<u8>,
    believed: Option<Vec<u32>>,
    done: fn(&[u8]) -> bool,
    max: usize,
}

#[cfg(unix)]
impl Talk {
    fn to_its_end(&self, deadline: Duration) -> Result<Vec<u8>, AskError> {
        use std::io::Write;
        use std::os::unix::net::UnixStream;

        let fail = |source| AskError::from_io(&self.socket, source);
        let started = clock::instant();
        let mut stream = UnixStream::connect(&self.socket).map_err(fail)?;
        self.check(&stream)?;
        // So that the thread ends by itself even when nobody waits for it any more.
        stream.set_write_timeout(Some(deadline)).map_err(fail)?;
        stream.write_all(&self.request).map_err(fail)?;
        let mut answer = Vec::new();
        let mut buffer = [0_u8; 4096];
        loop {
            // All of the answer has one deadline: who sends a byte now and then must not hold the thread.
            let left = deadline.saturating_sub(clock::instant().duration_since(started));
            if left.is_zero() {
                return Err(AskError::TimedOut {
                    what: self.socket.display().to_string(),
                    deadline,
                });
            }
            stream.set_read_timeout(Some(left)).map_err(fail)?;
            let count = stream.read(&mut buffer).map_err(fail)?;
            answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if answer.len() > self.max {
                return Err(AskError::TooLarge {
                    path: self.socket.clone(),
                    max: u64::try_from(self.max).unwrap_or(u64::MAX),
                });
            }
            if count == 0 || (self.done)(&answer) {
                return Ok(answer);
            }
        }
    }

    /// Whether who listens is believed (SO_PEERCRED, unix(7)).
    fn check(&self, stream: &std::os::unix::net::UnixStream) -> Result<(), AskError> {
        use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

        let Some(believed) = &self.believed else {
            return Ok(());
        };
        let fail = |source| AskError::Io {
            path: self.socket.clone(),
            source,
        };
        let peer = getsockopt(stream, PeerCredentials).map_err(|error| fail(error.into()))?;
        if believed.contains(&peer.uid()) {
            return Ok(());
        }
        let who = format!(
            "the user {} listens there, and not the service's own",
            peer.uid()
        );
        Err(fail(io::Error::other(who)))
    }
}
