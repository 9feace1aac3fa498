//! What of one stream is being recorded, in its order.
//!
//! Touches nothing itself. Must never let a write begin before those before it have begun: the store
//! takes them in the order in which they begin.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use sekisho_policy::finding::Standing;
use sekisho_policy::id::Sequence;
use sekisho_policy::order::Enforcement;

use crate::intake::Place;
use crate::store::StoreError;

/// A write under way.
pub(super) type Job = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// The writes of one stream that are under way, the oldest first.
#[derive(Default)]
pub(super) struct Writes {
    under_way: VecDeque<Write>,
}

/// A write with what is said when it is done.
pub(super) struct Write {
    /// The report it acknowledges; `None` when nobody waits for it.
    pub(super) answers: Option<(Sequence, Option<Standing>)>,
    /// The account that it records.
    pub(super) account: Option<Box<Enforcement>>,
    /// The work; `None` when there is none.
    pub(super) job: Option<Job>,
    /// What came of it, if that is known.
    pub(super) result: Option<Result<(), StoreError>>,
    /// Its place in the collector's memory.
    pub(super) _place: Place,
}

/// A write that is done.
pub(super) struct Written {
    /// The report it acknowledges.
    pub(super) answers: Option<(Sequence, Option<Standing>)>,
    /// The account that it records.
    pub(super) account: Option<Box<Enforcement>>,
    /// What came of it.
    pub(super) result: Result<(), StoreError>,
}

impl Writes {
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Whether an account is among them.
    pub(super) fn has_account(&self) -> bool {
        self.under_way.iter().any(|write| write.account.is_some())
    }

    pub(super) fn push(&mut self, write: Write) {
        self.under_way.push_back(write);
    }

    /// The oldest write, when it is done. Pending when there is none.
    pub(super) fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Written> {
        let Some(first) = self.under_way.front_mut() else {
            return Poll::Pending;
        };
        if first.result.is_none() {
            first.result = match &mut first.job {
                Some(job) => match job.as_mut().poll(cx) {
                    Poll::Ready(result) => Some(result),
                    Poll::Pending => return Poll::Pending,
                },
                None => Some(Ok(())),
            };
        }
        let Some(Write {
            answers,
            account,
            result: Some(result),
            ..
        }) = self.under_way.pop_front()
        else {
            return Poll::Pending;
        };
        if self.under_way.is_empty() {
            // Thousands of idle streams should hold no buffer.
            self.under_way = VecDeque::new();
        }
        Poll::Ready(Written {
            answers,
            account,
            result,
        })
    }
}
