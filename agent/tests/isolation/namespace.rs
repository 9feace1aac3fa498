//! Network namespaces without names: each is held by a thread and is gone with the process.
//!
//! Touches the kernel's namespaces. Must never change the namespace the test was started in.

use std::fs::File;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{Uid, gettid, setfsuid};

type Job = Box<dyn FnOnce() + Send>;

/// A network namespace with its loopback device up.
pub(crate) struct Namespace {
    door: File,
    thread: i32,
    jobs: Sender<Job>,
}

impl Namespace {
    pub(crate) fn new() -> Self {
        let (jobs, work) = channel::<Job>();
        let (tell, told) = channel();
        thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            let door = File::open("/proc/thread-self/ns/net").unwrap();
            tell.send((door, gettid().as_raw())).unwrap();
            while let Ok(job) = work.recv() {
                job();
            }
        });
        let (door, thread) = told.recv().unwrap();
        let namespace = Self { door, thread, jobs };
        namespace.sh("ip link set lo up");
        namespace
    }

    /// Runs something inside, as root.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = channel();
        self.jobs
            .send(Box::new(move || tell.send(job()).unwrap()))
            .unwrap();
        told.recv().unwrap()
    }

    /// Runs something inside whose sockets belong to this user.
    pub(crate) fn run_as<T: Send>(&self, uid: u32, job: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                setns(&self.door, CloneFlags::CLONE_NEWNET).unwrap();
                setfsuid(Uid::from_raw(uid));
                job()
            });
            inside.join().unwrap()
        })
    }

    /// Leaves something running inside until the process ends.
    pub(crate) fn leave_running(&self, job: impl FnOnce() + Send + 'static) {
        let door = self.door.try_clone().unwrap();
        thread::spawn(move || {
            setns(&door, CloneFlags::CLONE_NEWNET).unwrap();
            job();
        });
    }

    /// Runs a shell line inside, which must succeed; gives what it wrote.
    #[track_caller]
    pub(crate) fn sh(&self, line: &str) -> String {
        let (ended, text) = self.try_sh(line);
        assert!(ended, "{line}: {text}");
        text
    }

    /// Runs a shell line inside; whether it succeeded, and what it wrote.
    pub(crate) fn try_sh(&self, line: &str) -> (bool, String) {
        let line = line.to_owned();
        let output = self.run(move || Command::new("sh").args(["-ec", &line]).output().unwrap());
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Where other programs find it.
    pub(crate) fn door(&self) -> String {
        format!("/proc/{}/ns/net", self.thread)
    }

    /// Gives a device to another one.
    pub(crate) fn give(&self, device: &str, other: &Self) {
        self.sh(&format!("ip link set {device} netns {}", other.door()));
    }

    /// Starts a shell line inside.
    pub(crate) fn spawn(&self, line: &str) -> Child {
        let line = line.to_owned();
        self.run(move || Command::new("sh").args(["-c", &line]).spawn().unwrap())
    }

    /// Joins two namespaces by a cable.
    pub(crate) fn cable(&self, end: &str, other: &Self, other_end: &str) {
        let door = other.door();
        self.sh(&format!(
            "ip link add {end} type veth peer name {other_end} netns {door}"
        ));
        self.sh(&format!("ip link set {end} up"));
        other.sh(&format!("ip link set {other_end} up"));
    }
}
