//! One question over HTTP/1.1 (RFC 9112) on a local socket.
//!
//! Touches the socket it is given. Must never take an answer for whole that is shorter than it says.

use sekisho_policy::reading::Why;
use thiserror::Error;

use crate::ask::AskError;
use crate::limits::{SNAP_ANSWER_BYTES_MAX, SOCKET_DEADLINE};
use crate::sensors::SystemPath;

/// Why there is no whole answer.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    /// The socket did not answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The service refuses.
    #[error("the service answered with status {0:?}")]
    Status(String),
    /// The answer is no HTTP, or breaks off.
    #[error("the answer {0}")]
    Broken(&'static str),
}

impl HttpError {
    /// Why the fact cannot be told.
    pub(super) fn why(&self) -> Why {
        match self {
            Self::Ask(error) => error.why(),
            Self::Status(_) | Self::Broken(_) => Why::Unreadable(self.to_string()),
        }
    }
}

/// Asks for one path and takes the body of the answer.
pub(super) fn get(socket: &SystemPath, path: &str) -> Result<Vec<u8>, HttpError> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let answer = socket.exchange(
        "snapd-snaps",
        request.as_bytes(),
        &[0],
        is_whole,
        SOCKET_DEADLINE,
        SNAP_ANSWER_BYTES_MAX,
    )?;
    body(&answer)
}

/// Whether nothing more will come, so that a service that keeps the connection open is not waited
/// for. A body in chunks is waited for until the service closes or ends it.
fn is_whole(answer: &[u8]) -> bool {
    match head(answer) {
        Some((head, rest)) => match length(head) {
            Some(length) => rest.len() >= length,
            None => rest.ends_with(b"\r\n0\r\n\r\n"),
        },
        None => false,
    }
}

fn body(answer: &[u8]) -> Result<Vec<u8>, HttpError> {
    let (head, rest) = head(answer).ok_or(HttpError::Broken("has no head"))?;
    let status = head.lines().next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(HttpError::Status(status.chars().take(80).collect()));
    }
    if is_chunked(head) {
        return dechunk(rest).ok_or(HttpError::Broken("breaks off in the middle of a chunk"));
    }
    match length(head) {
        Some(length) => rest
            .get(..length)
            .map(<[u8]>::to_vec)
            .ok_or(HttpError::Broken("is shorter than it says")),
        None => Err(HttpError::Broken("does not say how long it is")),
    }
}

fn head(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = answer.split_at(end);
    Some((std::str::from_utf8(head).ok()?, rest.get(4..)?))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn is_chunked(head: &str) -> bool {
    field(head, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
}

fn length(head: &str) -> Option<usize> {
    field(head, "content-length")?.parse().ok()
}

fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let digits = line.split(';').next()?.trim();
        let size = usize::from_str_radix(digits, 16).ok()?;
        rest = rest.get(end.checked_add(2)?..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = body(&bytes);
            let _ = dechunk(&bytes);
            let _ = is_whole(&bytes);
        }
    }
}
