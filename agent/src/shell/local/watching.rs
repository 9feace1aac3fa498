//! Watching: who asked for it is told how things stand, and again whenever that has changed.
//!
//! Touches the connections it is given. Must never hold the agent up for a watcher that does not read.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::door::{self, Called, Caller};
use super::{Answer, Question, line_of};
use crate::limits::{LOCAL_ANSWER_BYTES_MAX, LOCAL_SECS, LOCAL_WATCHERS_MAX};
use crate::paths::Paths;

/// How things stand, and who hears of it.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    now: watch::Sender<Answer>,
    places: Arc<Semaphore>,
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            now: watch::Sender::new(Answer::NotEnrolled { why: None }),
            places: Arc::new(Semaphore::new(LOCAL_WATCHERS_MAX)),
        }
    }
}

impl Watched {
    /// Tells those who watch, unless they know it.
    pub(super) fn tell(&self, answer: Answer) {
        self.now.send_if_modified(|now| {
            let is_news = *now != answer;
            if is_news {
                *now = answer;
            }
            is_news
        });
    }

    /// Tells one watcher until it goes away, or does not read what it is told.
    pub(super) async fn follow(&self, caller: Caller) {
        if let Err(error) = self.told(caller).await {
            tracing::debug!(%error, "a watcher is told no more");
        }
    }

    async fn told(&self, mut caller: Caller) -> io::Result<()> {
        let limit = Duration::from_secs(LOCAL_SECS);
        let Ok(_place) = self.places.try_acquire() else {
            let why = "too many sessions are told already".to_owned();
            let line = line_of(&Answer::Refused { why })?;
            return timeout(limit, caller.write_all(&line)).await?;
        };
        let mut now = self.now.subscribe();
        loop {
            let line = line_of(&*now.borrow_and_update())?;
            timeout(limit, caller.write_all(&line)).await??;
            let mut more = [0; 1];
            tokio::select! {
                changed = now.changed() => if changed.is_err() { return Ok(()) },
                // It has nothing more to say: this is its end.
                _ = caller.read(&mut more) => return Ok(()),
            }
        }
    }
}

/// The other end: how the agent of this machine stands, line by line.
#[derive(Debug)]
pub struct Watching {
    stream: BufReader<Called>,
    /// The beginning of a line.
    line: Vec<u8>,
}

impl Watching {
    /// Begins to watch the running agent of this machine.
    ///
    /// # Errors
    /// [`io::Error`] when no agent runs.
    pub async fn begin(paths: &Paths) -> io::Result<Self> {
        let mut stream = door::go(paths).await?;
        stream.write_all(&line_of(&Question::Watch)?).await?;
        Ok(Self {
            stream: BufReader::new(stream),
            line: Vec::new(),
        })
    }

    /// How things stand now, when that has changed; `None` when the agent has ended.
    ///
    /// # Errors
    /// [`io::Error`] when the agent says what is no answer.
    pub async fn next(&mut self) -> io::Result<Option<Answer>> {
        loop {
            // What was read before this wait was given up is not lost.
            let read = self.stream.fill_buf().await?;
            if read.is_empty() {
                return Ok(None);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(read.len(), |end| end.saturating_add(1));
            self.line
                .extend_from_slice(read.get(..taken).unwrap_or(read));
            self.stream.consume(taken);
            if self.line.len() > LOCAL_ANSWER_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return Ok(Some(serde_json::from_slice(&line)?));
            }
        }
    }
}
