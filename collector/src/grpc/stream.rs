//! The answering half of a device's stream: one future that reads and works, and the messages it has
//! ready, in one place and without a task or a channel of its own.
//!
//! Touches nothing itself. Must never hold more than a few messages: the conversation works only while
//! they are taken.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use tonic::Status;

use sekisho_proto::wire::FromCollector;

use super::conversation::{Conversation, Inbound};
use crate::admit::Presented;
use crate::serve::Collector;
use crate::tls::Peer;

/// The answers that are ready to be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    ready: Arc<Mutex<VecDeque<FromCollector>>>,
}

/// Reads, works, and has answers sent, until the stream is to end.
type Work = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;

/// A device's stream, seen from the wire.
pub struct Talk {
    answers: Answers,
    work: Option<Work>,
}

impl Answers {
    /// Has a message sent.
    pub(super) fn push(&self, message: FromCollector) {
        self.lock().push_back(message);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn pop(&self) -> Option<FromCollector> {
        let mut ready = self.lock();
        let message = ready.pop_front();
        if ready.is_empty() {
            // Thousands of idle streams should hold no buffer.
            *ready = VecDeque::new();
        }
        message
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FromCollector>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Talk {
    /// Begins the conversation with a device that has been admitted over this connection.
    #[must_use]
    pub fn begin(
        collector: Arc<Collector>,
        peer: Arc<Peer>,
        presented: Presented,
        inbound: Inbound,
    ) -> Self {
        let answers = Answers::default();
        let conversation = Conversation::new(collector, peer, presented, inbound, answers.clone());
        Self {
            work: Some(Box::pin(conversation.hold())),
            answers,
        }
    }
}

impl Stream for Talk {
    type Item = Result<FromCollector, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // What is ready goes first, so that a device that does not read is not worked for.
        if let Some(message) = self.answers.pop() {
            return Poll::Ready(Some(Ok(message)));
        }
        let Some(work) = self.work.as_mut() else {
            return Poll::Ready(None);
        };
        let ended = match work.as_mut().poll(cx) {
            Poll::Ready(ended) => {
                self.work = None;
                Some(ended)
            }
            Poll::Pending => None,
        };
        match (self.answers.pop(), ended) {
            (Some(message), ended) => {
                if let Some(Err(status)) = ended {
                    self.work = Some(Box::pin(std::future::ready(Err(status))));
                }
                Poll::Ready(Some(Ok(message)))
            }
            (None, Some(Ok(()))) => Poll::Ready(None),
            (None, Some(Err(status))) => Poll::Ready(Some(Err(status))),
            (None, None) => Poll::Pending,
        }
    }
}
