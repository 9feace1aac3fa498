//! The local socket, or pipe: what the people of this machine may ask the running agent.
//!
//! Touches that. Must never answer with a secret, and never do more for root than for anyone:
//! a break-glass code opens, not a rank; only the tries of it are counted by user.

use std::io;
use std::time::Duration;

use sekisho_proto::json::Time;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Shell, now};
use crate::cycle::Event;
use crate::limits::{
    LOCAL_ANSWER_BYTES_MAX, LOCAL_CLIENTS_MAX, LOCAL_QUESTION_BYTES_MAX, LOCAL_SECS,
};
use crate::paths::Paths;

mod basis;
#[cfg_attr(unix, path = "local/door.rs")]
#[cfg_attr(windows, path = "windows/door.rs")]
mod door;
mod news;
mod status;
mod watching;

pub use basis::BasisAnswer;
pub use news::NewsAnswer;
pub(super) use status::HealthAnswer;
pub use status::StatusAnswer;
pub use watching::Watching;

use door::{Caller, Door};
pub(super) use news::concerns_user;
use watching::Watched;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// How things stand.
    Status,
    /// What a check on this machine is to be judged by.
    Basis,
    /// How things stand for the user, now and whenever that changes: an answer a line, without end.
    Watch,
    /// What to read to the administrator for a break-glass code.
    Challenge,
    /// A break-glass code.
    Release {
        /// As it was read out.
        code: String,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// How things stand.
    Status(Box<StatusAnswer>),
    /// What a check on this machine is to be judged by.
    Basis(Box<BasisAnswer>),
    /// How things stand for the user.
    News(Box<NewsAnswer>),
    /// This machine is no device of a collector yet.
    NotEnrolled {
        /// Why not, where it was to become one by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// What to read to the administrator.
    Challenge {
        /// The challenge.
        challenge: String,
    },
    /// The code was right.
    Released {
        /// Until then.
        until: Time,
    },
    /// It was not done.
    Refused {
        /// Why, and what to do.
        why: String,
    },
}

/// With the number of the user who asks.
type Asked = (Question, u32, oneshot::Sender<Answer>);

/// Where questions arrive.
pub(super) struct Desk {
    asked: mpsc::Receiver<Asked>,
    watched: Watched,
}

impl Desk {
    /// Opens the socket. Anyone on this machine may ask.
    pub(super) fn open(paths: &Paths) -> anyhow::Result<Self> {
        let door = Door::open(paths)?;
        let (tell, asked) = mpsc::channel(LOCAL_CLIENTS_MAX);
        let watched = Watched::default();
        tokio::spawn(listen(door, tell, watched.clone()));
        Ok(Self { asked, watched })
    }

    /// Tells those who watch how things stand.
    pub(super) fn tell(&self, answer: Answer) {
        self.watched.tell(answer);
    }

    /// The next question, with the way to answer it.
    pub(super) async fn next(&mut self) -> Asked {
        match self.asked.recv().await {
            Some(asked) => asked,
            None => std::future::pending().await,
        }
    }

    /// Answers one question of an agent that is not enrolled.
    pub(super) async fn refuse(&mut self, why: impl FnOnce() -> Option<String>) {
        let (_, _, answer) = self.next().await;
        // Whoever asked may be gone.
        let _ = answer.send(Answer::NotEnrolled { why: why() });
    }
}

/// Asks the running agent of this machine.
///
/// # Errors
/// [`io::Error`] when no agent runs, or it does not answer in time.
pub async fn ask(paths: &Paths, question: &Question) -> io::Result<Answer> {
    let asking = async {
        let mut called = door::go(paths).await?;
        called.write_all(&line_of(question)?).await?;
        let mut said = Vec::new();
        let limit = u64::try_from(LOCAL_ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
        BufReader::new(called.take(limit))
            .read_until(b'\n', &mut said)
            .await?;
        Ok(serde_json::from_slice(&said)?)
    };
    timeout(Duration::from_secs(LOCAL_SECS), asking).await?
}

async fn listen(mut door: Door, tell: mpsc::Sender<Asked>, watched: Watched) {
    let free = std::sync::Arc::new(tokio::sync::Semaphore::new(LOCAL_CLIENTS_MAX));
    loop {
        let Ok(place) = std::sync::Arc::clone(&free).acquire_owned().await else {
            return;
        };
        match door.accept().await {
            Ok(caller) => {
                let (tell, watched) = (tell.clone(), watched.clone());
                tokio::spawn(async move {
                    let limit = Duration::from_secs(LOCAL_SECS);
                    let served = timeout(limit, serve(caller, tell)).await;
                    // Who watches has a place of another kind.
                    drop(place);
                    match served {
                        Ok(Ok(Some(watcher))) => watched.follow(watcher).await,
                        Ok(Ok(None)) | Err(_) => {}
                        Ok(Err(error)) => tracing::debug!(%error, "a question was not answered"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the local socket does not accept");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Answers one question; gives back the connection of who goes on watching.
async fn serve(mut caller: Caller, tell: mpsc::Sender<Asked>) -> io::Result<Option<Caller>> {
    let limit = u64::try_from(LOCAL_QUESTION_BYTES_MAX).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    BufReader::new((&mut caller).take(limit))
        .read_until(b'\n', &mut line)
        .await?;
    let (user, process) = door::who(&caller)?;
    let said = match serde_json::from_slice::<Question>(&line) {
        Ok(Question::Watch) => return Ok(Some(caller)),
        Ok(question) => {
            if !matches!(question, Question::Status | Question::Basis) {
                tracing::info!(uid = user, pid = process, "asked on the local socket");
            }
            let (answer, answered) = oneshot::channel();
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            tell.send((question, user, answer))
                .await
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
            answered.await.map_err(gone)?
        }
        Err(error) => Answer::Refused {
            why: format!("the question is not understood: {error}"),
        },
    };
    caller.write_all(&line_of(&said)?).await?;
    Ok(None)
}

fn line_of(said: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}

impl Shell {
    /// How things stand for the user.
    pub(super) fn news(&self) -> Answer {
        let view = self.cycle.view(now());
        Answer::News(Box::new(NewsAnswer::new(&view, self.concerns.as_ref())))
    }

    /// Answers a question of the user with this number; the event is what follows from it.
    pub(super) fn answer(&mut self, question: Question, user: u32) -> (Answer, Option<Event>) {
        match question {
            Question::Status => {
                let view = self.cycle.view(now());
                let place = &self.identity.collector;
                let status = StatusAnswer::new(
                    &view,
                    place,
                    self.config_trouble.as_deref(),
                    self.upgrade_trouble.as_deref(),
                    self.health.answer(),
                );
                (Answer::Status(Box::new(status)), None)
            }
            Question::Basis => (self.basis(), None),
            Question::Watch => (self.news(), None),
            Question::Challenge => (self.challenge(), None),
            Question::Release { code } => self.release(user, &code),
        }
    }
}
