//! Snaps, as snapd lists them on its local socket.
//!
//! Touches `/run/snapd.socket`. Must never guess from the files of snaps which of them are in use.

mod http;

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState};
use sekisho_policy::reading::{Reading, Why};
use serde::Deserialize;

use super::{ListError, add};
use crate::ask::AskError;
use crate::sensors::Root;

const SOCKET: &str = "/run/snapd.socket";
/// snapd's folder; without it there has never been a snap on the machine.
const FOLDER: &str = "/var/lib/snapd/snaps";
const LIST: &str = "snapd";

#[derive(Debug, Deserialize)]
struct Answer {
    result: Vec<Snap>,
}

/// The fields of snapd's API that are read (snapd REST API, `GET /v2/snaps`).
#[derive(Debug, Deserialize)]
struct Snap {
    name: String,
    #[serde(default)]
    version: String,
    publisher: Option<Publisher>,
    #[serde(default)]
    status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Publisher {
    #[serde(default)]
    display_name: String,
}

/// Reads every snap.
pub(super) fn read(root: &Root) -> Reading<Vec<Package>> {
    let body = match http::get(&root.path(SOCKET), "/v2/snaps") {
        Ok(body) => body,
        Err(http::HttpError::Ask(AskError::Missing(_) | AskError::Refused(_))) => {
            return match root.path(FOLDER).try_exists() {
                Ok(true) => Reading::Unknown(Why::ToolMissing(SOCKET.to_owned())),
                Ok(false) => Reading::Absent,
                Err(error) => Reading::Unknown(error.why()),
            };
        }
        Err(error) => return Reading::Unknown(error.why()),
    };
    match parse(&body) {
        Ok(packages) => Reading::Known(packages),
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// Every snap that is switched on; others are there as files and do not run.
fn parse(body: &[u8]) -> Result<Vec<Package>, ListError> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| ListError::broken(LIST, "answer", error.to_string()))?;
    let mut packages = Vec::with_capacity(answer.result.len().min(1000));
    for snap in answer.result {
        if snap.status != "active" {
            continue;
        }
        let package = Package {
            source: PackageSource::Snap,
            name: snap.name,
            architecture: String::new(),
            version: snap.version,
            vendor: snap
                .publisher
                .map(|publisher| publisher.display_name)
                .unwrap_or_default(),
            origin: None,
            state: PackageState::Installed,
            scope: PackageScope::Machine,
        };
        add(&mut packages, package, LIST)?;
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    fn sample() -> Vec<u8> {
        std::fs::read(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/snap/snaps.json"
        ))
        .unwrap()
    }

    /// A snapd that gives one answer.
    fn serve(answer: Vec<u8>) -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(tree.path().join("run")).unwrap();
        let listener = UnixListener::bind(tree.path().join("run/snapd.socket")).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1000];
            let count = stream.read(&mut request).unwrap();
            assert!(request[..count].starts_with(b"GET /v2/snaps HTTP/1.1\r\n"));
            // The reader may have seen enough.
            drop(stream.write_all(&answer));
        });
        let root = Root::at(tree.path());
        (tree, root)
    }

    fn whole(head: &str, body: &[u8]) -> Vec<u8> {
        let mut answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes();
        answer.extend_from_slice(body);
        answer
    }

    #[track_caller]
    fn check_two(answer: Vec<u8>) {
        let (_tree, root) = serve(answer);
        let Reading::Known(snaps) = read(&root) else {
            panic!("not read")
        };
        let names: Vec<_> = snaps.iter().map(|snap| snap.name.as_str()).collect();
        assert_eq!(names, ["core22", "firefox"]);
        assert_eq!(snaps[1].vendor, "Mozilla");
    }

    #[test]
    fn snaps_that_are_switched_on_are_listed() {
        let body = sample();
        check_two(whole(&format!("Content-Length: {}", body.len()), &body));
    }

    #[test]
    fn an_answer_in_chunks_is_put_together() {
        let body = sample();
        let (first, second) = body.split_at(100);
        let mut chunks = b"64\r\n".to_vec();
        chunks.extend_from_slice(first);
        chunks.extend_from_slice(format!("\r\n{:x};x=y\r\n", second.len()).as_bytes());
        chunks.extend_from_slice(second);
        chunks.extend_from_slice(b"\r\n0\r\n\r\n");
        check_two(whole("Transfer-Encoding: chunked", &chunks));
    }

    #[test]
    fn an_answer_that_breaks_off_is_unknown_and_never_short() {
        let body = sample();
        let head = format!("Content-Length: {}", body.len());
        for answer in [
            whole(&head, &body[..body.len() - 5]),
            whole("Transfer-Encoding: chunked", b"ff\r\n{\"result\":["),
            b"HTTP/1.1 200 OK\r\nConte".to_vec(),
            b"HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n".to_vec(),
            Vec::new(),
        ] {
            let (_tree, root) = serve(answer);
            assert!(
                matches!(read(&root), Reading::Unknown(Why::Unreadable(_))),
                "{:?}",
                read(&root)
            );
        }
    }

    #[test]
    fn without_snapd_there_are_none_but_with_its_snaps_it_is_unknown() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        assert_eq!(read(&root), Reading::Absent);
        std::fs::create_dir_all(tree.path().join("var/lib/snapd/snaps")).unwrap();
        assert!(matches!(read(&root), Reading::Unknown(Why::ToolMissing(_))));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
