//! Speaks to a collector's admin interface: one request, one answer, over its local socket.
//!
//! Touches the socket it is given. Must never open the store: while a collector serves, it alone
//! does.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use tokio::net::UnixStream;

use sekisho_proto::json::{ErrorBody, ErrorJson};

use crate::limits::{ADMIN_DEADLINE_SECS, ANSWER_BYTES_MAX};

/// The collector answers within its own deadline; this is past it.
const PATIENCE: Duration = Duration::from_secs(ADMIN_DEADLINE_SECS + 10);

/// A collector's admin interface.
#[derive(Debug, Clone)]
pub struct Client {
    socket_path: PathBuf,
}

/// An answer: the JSON as it came, for programs, and the shape it has.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The JSON as it came.
    pub raw: Value,
    /// What it says.
    pub shape: T,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No collector listens on the socket.
    #[error("no collector answers at {}", path.display())]
    NotReachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The socket is there, and this user may not use it.
    #[error("this user may not use {}", path.display())]
    Forbidden {
        /// The socket.
        path: PathBuf,
    },
    /// The collector refused; nothing has changed.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// The connection broke before the answer was whole. What was asked may have been done.
    #[error("the collector's answer broke off")]
    BrokeOff(#[source] hyper::Error),
    /// There was no answer in time. What was asked may have been done.
    #[error("the collector did not answer within {} s", PATIENCE.as_secs())]
    Silent,
    /// The answer is larger than may be taken.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    /// The answer is not in a shape that this version knows.
    #[error("the collector's answer (status {status}) makes no sense to this version: {cause}")]
    NotUnderstood {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        cause: String,
    },
    /// The request cannot be put together.
    #[error("the request cannot be made: {0}")]
    Request(String),
}

impl Client {
    /// The interface behind the socket at `path`.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            socket_path: path.to_owned(),
        }
    }

    /// Asks for what is at `path`.
    ///
    /// # Errors
    /// [`ClientError`] says whether the collector was not reached, refused, or did not make itself clear.
    pub async fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, ClientError> {
        self.ask(Method::GET, path, Bytes::new(), "").await
    }

    /// Sends JSON to `path`.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<Answer<T>, ClientError> {
        let body = serde_json::to_vec(body).map_err(|e| ClientError::Request(e.to_string()))?;
        self.ask(method, path, body.into(), "application/json")
            .await
    }

    /// Sends a text to `path`.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn send_text<T: DeserializeOwned>(
        &self,
        path: &str,
        text: String,
    ) -> Result<Answer<T>, ClientError> {
        let kind = "application/toml; charset=utf-8";
        self.ask(Method::POST, path, text.into(), kind).await
    }

    /// Asks for what is at `path` and gives the answer's body as it arrives.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn stream(&self, method: Method, path: &str) -> Result<Incoming, ClientError> {
        let exchange = self.exchange(method, path, Bytes::new(), "");
        let response = tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| ClientError::Silent)??;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let status = response.status().as_u16();
        Err(refusal(status, &whole(response).await?))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        kind: &'static str,
    ) -> Result<Answer<T>, ClientError> {
        let exchange = async {
            let response = self.exchange(method, path, body, kind).await?;
            let status = response.status();
            let bytes = whole(response).await?;
            if !status.is_success() {
                return Err(refusal(status.as_u16(), &bytes));
            }
            let unclear = |cause: serde_json::Error| ClientError::NotUnderstood {
                status: status.as_u16(),
                cause: cause.to_string(),
            };
            let raw: Value = serde_json::from_slice(&bytes).map_err(unclear)?;
            let shape = serde_json::from_slice(&bytes).map_err(unclear)?;
            Ok(Answer { raw, shape })
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| ClientError::Silent)?
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        kind: &'static str,
    ) -> Result<Response<Incoming>, ClientError> {
        let stream = UnixStream::connect(&self.socket_path)
            .await
            .map_err(|cause| self.unreachable(cause))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ClientError::BrokeOff)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the collector ended early");
            }
        });
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "collector");
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| ClientError::Request(error.to_string()))?;
        sender
            .send_request(request)
            .await
            .map_err(ClientError::BrokeOff)
    }

    fn unreachable(&self, cause: io::Error) -> ClientError {
        let path = self.socket_path.clone();
        if cause.kind() == io::ErrorKind::PermissionDenied {
            ClientError::Forbidden { path }
        } else {
            ClientError::NotReachable { path, cause }
        }
    }
}

/// The next piece of an answer that comes in pieces. `None` at its end.
///
/// # Errors
/// [`ClientError::BrokeOff`] when the end did not come; [`ClientError::Silent`] when nothing comes in time.
pub async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, ClientError> {
    loop {
        let frame = tokio::time::timeout(PATIENCE, body.frame())
            .await
            .map_err(|_| ClientError::Silent)?;
        let Some(frame) = frame else {
            return Ok(None);
        };
        // What is no data is a trailer, and says nothing here.
        if let Ok(piece) = frame.map_err(ClientError::BrokeOff)?.into_data() {
            return Ok(Some(piece));
        }
    }
}

/// Writes a name so that it can stand as one part of a path (RFC 3986, section 2.3).
#[must_use]
pub fn part(name: &str) -> String {
    use std::fmt::Write;
    let mut written = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            written.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

async fn whole(response: Response<Incoming>) -> Result<Bytes, ClientError> {
    match Limited::new(response.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await
    {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ClientError::TooLarge),
        Err(error) => match error.downcast::<hyper::Error>() {
            Ok(error) => Err(ClientError::BrokeOff(*error)),
            Err(error) => Err(ClientError::Request(error.to_string())),
        },
    }
}

fn refusal(status: u16, bytes: &[u8]) -> ClientError {
    match serde_json::from_slice::<ErrorJson>(bytes) {
        Ok(answer) => ClientError::Refused(answer.error),
        Err(cause) => ClientError::NotUnderstood {
            status,
            cause: cause.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_part_of_the_path() {
        assert_eq!(part("aiko-pc.local"), "aiko-pc.local");
        assert_eq!(part("../tokens?x=1#y"), "..%2Ftokens%3Fx%3D1%23y");
        assert_eq!(part("営業"), "%E5%96%B6%E6%A5%AD");
    }
}
