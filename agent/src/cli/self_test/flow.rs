//! A connection that is open before an isolation, and whether it still carries anything under it.
//!
//! Touches two connections to one server. Must never call a connection dead because nobody answered, where nobody
//! answered before either.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use sekisho_policy::reading::Why;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::isolation::connect;
use super::line::{Outcome, Said};
use crate::clock;

/// What nearly every server answers, be it by a refusal.
const QUESTION: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
/// How long a server may take to answer it.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// How long to wait for what a server says by itself.
const GREETING: Duration = Duration::from_millis(300);
/// The least time to wait under the isolation: a lost segment is sent anew within it.
const SILENCE_MIN: Duration = Duration::from_secs(3);

/// The connection, and what the server does when it is asked.
pub(super) struct Flow {
    stream: TcpStream,
    /// What came of the same question on another connection, and after which time.
    usual: Option<(Answer, Duration)>,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Bytes, or the end of them.
    Said,
    /// The connection was broken off.
    Broken(ErrorKind),
}

impl Flow {
    /// Opens it, and asks the server on another one.
    pub(super) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let mut other = connect(address).await?;
        greeted(&mut other).await;
        let began = clock::instant();
        let answer = ask(&mut other, ANSWER_DEADLINE).await;
        let took = clock::instant().duration_since(began);
        let mut stream = connect(address).await?;
        greeted(&mut stream).await;
        Ok(Self {
            stream,
            usual: answer.map(|answer| (answer, took)),
        })
    }

    /// Asks on it, and tells whether it is dead.
    pub(super) async fn dies(mut self) -> (Outcome, Said) {
        let Some((usual, took)) = self.usual else {
            let why = "the server answers nothing, by which a dead connection could be told";
            return (Outcome::Unknown, Said::Why(Why::Unreadable(why.to_owned())));
        };
        let patience = took.saturating_mul(3).max(SILENCE_MIN);
        match ask(&mut self.stream, patience).await {
            Some(Answer::Said) => (Outcome::Fail, Said::Text("self-test-lives", String::new())),
            Some(answer @ Answer::Broken(kind)) if answer == usual => {
                let why = format!("it was broken off as the server does itself ({kind})");
                (Outcome::Unknown, Said::Why(Why::Unreadable(why)))
            }
            Some(Answer::Broken(_)) | None => (Outcome::Pass, Said::Nothing),
        }
    }
}

/// Takes what a server says by itself.
async fn greeted(stream: &mut TcpStream) {
    let mut bytes = [0; 4096];
    // Silence is what most servers begin with, and what is broken is seen when it is asked.
    let _ = timeout(GREETING, stream.read(&mut bytes)).await;
}

/// What comes back to the question; `None` when nothing does.
async fn ask(stream: &mut TcpStream, patience: Duration) -> Option<Answer> {
    let asked = async {
        stream.write_all(QUESTION).await?;
        stream.read(&mut [0; 64]).await
    };
    match timeout(patience, asked).await {
        Ok(Ok(_)) => Some(Answer::Said),
        Ok(Err(error)) => Some(Answer::Broken(error.kind())),
        Err(_late) => None,
    }
}
