//! What the askers do with files, programs and sockets that are slow, large, or not what they seem.
//!
//! Touches a temporary folder, `/bin/sh` and sockets in it.

use super::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_file_over_the_limit_is_refused_and_the_limit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    std::fs::write(&path, vec![b'x'; 11]).unwrap();
    assert_eq!(read_bytes(&path, 11).unwrap().len(), 11);
    let error = read_bytes(&path, 10).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("holds more than the limit of 10 bytes")
    );
    assert_eq!(error.why().code(), "too_large");
}

#[test]
fn a_pipe_in_place_of_a_file_does_not_hold_the_reader_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let path_there = path.clone();
    let answer = within("pipe", LONG, move || read_bytes(&path_there, 10)).unwrap();
    assert!(matches!(answer, Err(AskError::NotAFile(at)) if at == path));
}

#[test]
fn what_is_not_there_is_absent_and_no_error() {
    let error = read_line(Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(error.reading::<()>(), Reading::Absent);
}

#[test]
fn a_program_that_dawdles_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pid_path = folder.path().join("pid");
    let script = format!("sleep 600 & echo $! > {}; wait", pid_path.display());
    let error = run(Path::new("/bin/sh"), &["-c", &script], SHORT * 5, 100).unwrap_err();
    assert_eq!(error.why().code(), "timed_out");
    let pid = std::fs::read_to_string(&pid_path).unwrap();
    let comm = format!("/proc/{}/stat", pid.trim());
    let gone = (0..200).any(|_| {
        std::thread::yield_now();
        let state = std::fs::read_to_string(&comm).unwrap_or_default();
        let dead = state.is_empty() || state.contains(") Z ");
        if !dead {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        dead
    });
    assert!(gone, "the child of the late program still runs");
}

#[test]
fn a_program_that_closes_its_output_and_lives_on_is_killed_too() {
    let script = "exec >&-; exec sleep 600";
    let asked = move || run(Path::new("/bin/sh"), &["-c", script], SHORT, 100);
    let error = within("a program", LONG, asked).unwrap().unwrap_err();
    assert_eq!(error.why().code(), "timed_out");
}

#[test]
fn a_program_that_prints_without_end_is_stopped_at_the_limit() {
    let error = run(
        Path::new("/bin/sh"),
        &["-c", "while :; do echo yyyyyyyyyyyyyyyyyyy; done"],
        LONG,
        1000,
    )
    .unwrap_err();
    assert_eq!(error.why().code(), "too_large");
}

#[test]
fn a_program_gets_nothing_of_the_agents_environment() {
    let out = run(Path::new("/usr/bin/env"), &[], LONG, 1000).unwrap();
    let mut names: Vec<_> = std::str::from_utf8(&out)
        .unwrap()
        .lines()
        .map(|line| line.split('=').next().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "PATH"]);
}

#[test]
fn a_program_that_fails_or_is_missing_is_told_apart() {
    let failed = run(Path::new("/bin/sh"), &["-c", "exit 3"], LONG, 10).unwrap_err();
    assert_eq!(failed.to_string(), "/bin/sh ended with exit status: 3");
    let missing = run(Path::new("/nowhere/tool"), &[], LONG, 10).unwrap_err();
    assert_eq!(missing.why(), Why::ToolMissing("/nowhere/tool".to_owned()));
}

#[test]
fn a_service_that_never_answers_times_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _listener = UnixListener::bind(&path).unwrap();
    let error = exchange(&path, b"?", None, |_| true, SHORT, 10).unwrap_err();
    assert_eq!(error.why().code(), "timed_out");
}

#[test]
fn a_service_that_floods_is_cut_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while stream.write_all(&[b'x'; 1000]).is_ok() {}
    });
    let error = exchange(&path, b"?", None, |_| false, LONG, 5000).unwrap_err();
    assert_eq!(error.why().code(), "too_large");
    server.join().unwrap();
}

#[test]
fn a_service_that_sends_now_and_then_has_one_deadline_for_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let (told, gone) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Each byte comes within the deadline of one read.
        while stream.write_all(b"x").is_ok() {
            std::thread::park_timeout(SHORT / 4);
        }
        told.send(()).unwrap();
    });
    let error = exchange(&path, b"?", None, |_| false, SHORT, 100_000).unwrap_err();
    assert_eq!(error.why().code(), "timed_out");
    let ended = gone.recv_timeout(LONG);
    assert_eq!(ended, Ok(()), "the thread that asked holds the socket");
}

#[test]
fn a_service_of_somebody_else_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Whoever hangs up first breaks off the question.
            let _ = stream.read(&mut [0]);
            stream.write_all(b"PONG").ok();
        }
    });
    let ask = |believed: &[u32]| exchange(&path, b"?", Some(believed), |_| true, LONG, 10);
    let own = nix::unistd::getuid().as_raw();
    assert_eq!(ask(&[7, own]).unwrap(), b"PONG");
    let error = ask(&[own + 1]).unwrap_err();
    assert!(matches!(error.why(), Why::Unreadable(_)), "{error:?}");
}

#[test]
fn a_socket_without_a_listener_is_told_from_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    assert!(matches!(
        exchange(&path, b"?", None, |_| true, SHORT, 10),
        Err(AskError::Missing(_))
    ));
    drop(UnixListener::bind(&path).unwrap());
    assert!(matches!(
        exchange(&path, b"?", None, |_| true, SHORT, 10),
        Err(AskError::Refused(_))
    ));
}

#[test]
fn a_program_in_a_folder_that_others_may_write_to_is_not_run() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let program = folder.path().join("tell");
    let refused = irreplaceable(program.clone()).unwrap_err();
    assert!(matches!(refused, AskError::Untrusted(path) if path == program));
}
