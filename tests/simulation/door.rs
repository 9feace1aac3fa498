//! The real store behind a door that the simulation opens: what is to be written waits there until it
//! is committed, refused or lost.
//!
//! Touches the store's folder. Must never answer a write before the store has, nor let one pass another.

use std::collections::VecDeque;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use async_trait::async_trait;
use tokio::sync::oneshot;

use sekisho_collector::audit::{AuditHead, HeadSigner};
use sekisho_collector::record::{
    AcceptedReport, AuditEvent, Device, ExceptionRow, Heard, IssuedCommand, IssuedOrder,
    PolicyHead, PolicyVersion, Posture, Recipient, RoutineReport, Token, TokenId,
};
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_collector::store::{
    AuditIndex, AuditRoot, Backup, Listed, Recipients, Store, StoreError,
};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;

type Answer = Result<(), StoreError>;
type Job = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A store whose writes wait.
pub(crate) struct Door {
    inner: Arc<dyn Store>,
    waiting: Mutex<VecDeque<(Job, oneshot::Sender<Answer>)>>,
}

/// Wakes a thread that waits for a store's own threads.
struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits, in no time at all, for what a store's own threads do.
pub(crate) fn wait<T>(asked: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    let mut asked = pin!(asked);
    loop {
        match asked.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}

impl Door {
    /// Opens the store.
    pub(crate) fn open(dir: &Path, signer: Arc<dyn HeadSigner>) -> Self {
        let inner = SqliteStore::make(dir, signer).expect("the store opens");
        Self {
            inner: Arc::new(inner),
            waiting: Mutex::default(),
        }
    }

    /// The store itself, for what is not part of the story.
    pub(crate) const fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }

    /// How many writes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().len()
    }

    /// Commits the first `count` writes together, and answers them.
    pub(crate) fn commit(&self, count: usize) {
        let (jobs, answers): (Vec<_>, Vec<_>) = self.take(count).unzip();
        for (answer, result) in answers.into_iter().zip(together(jobs)) {
            // Whoever waited may be gone.
            drop(answer.send(result));
        }
    }

    /// Refuses the first `count` writes: nothing of them is recorded.
    pub(crate) fn refuse(&self, count: usize, error: &StoreError) {
        for (_, answer) in self.take(count) {
            drop(answer.send(Err(error.again())));
        }
    }

    /// What a crash does: the first `count` writes reach the disk and nobody hears of it, the others
    /// never happen.
    pub(crate) fn crash(&self, count: usize) {
        together(self.take(count).map(|(job, _)| job).collect());
        self.lock().clear();
    }

    fn take(&self, count: usize) -> impl Iterator<Item = (Job, oneshot::Sender<Answer>)> + use<> {
        let mut waiting = self.lock();
        let count = count.min(waiting.len());
        let taken: Vec<_> = waiting.drain(..count).collect();
        taken.into_iter()
    }

    async fn park(&self, job: Job) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.lock().push_back((job, answer));
        let gone = StoreError::Busy { retry_after_ms: 0 };
        answered.await.unwrap_or(Err(gone))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Job, oneshot::Sender<Answer>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has writes begin in their order, and waits for all of them.
fn together(mut jobs: Vec<Job>) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = jobs.iter().map(|_| None).collect();
    wait(std::future::poll_fn(|cx| {
        for (job, answer) in jobs.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(said) = job.as_mut().poll(cx)
            {
                *answer = Some(said);
            }
        }
        if answers.iter().any(Option::is_none) {
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
    answers.into_iter().flatten().collect()
}

macro_rules! store {
    (
        reads { $($read:ident($($asked:ident: $asks:ty),*) -> $given:ty;)* }
        writes { $($write:ident($($told:ident: $tells:ty),*);)* }
    ) => {
        #[async_trait]
        impl Store for Door {
            $(async fn $read(&self, $($asked: $asks),*) -> Result<$given, StoreError> {
                wait(self.inner.$read($($asked),*))
            })*
            $(async fn $write(&self, $($told: $tells),*) -> Answer {
                let inner = Arc::clone(&self.inner);
                self.park(Box::pin(async move { inner.$write($($told),*).await })).await
            })*
        }
    };
}

store! {
    reads {
        token_list() -> Vec<Token>;
        token_by_digest(digest: Fingerprint) -> Option<Token>;
        device_fetch(id: DeviceId) -> Option<Device>;
        device_by_key(key: Fingerprint) -> Option<Device>;
        device_list(after: Option<DeviceId>, limit: usize) -> Vec<Listed>;
        posture_fetch(id: DeviceId) -> Option<Posture>;
        section_fetch(id: DeviceId, kind: SectionKind) -> Option<(Fingerprint, Vec<u8>)>;
        report_history(id: DeviceId, from: Sequence, limit: usize) -> Vec<RoutineReport>;
        recipient_list(after: Option<DeviceId>, limit: usize) -> Recipients;
        recipient_fetch(id: DeviceId) -> Option<Recipient>;
        order_fetch(id: DeviceId) -> Option<IssuedOrder>;
        order_signed(id: DeviceId) -> Option<Vec<u8>>;
        policy_fetch(version: u64) -> Option<PolicyVersion>;
        policy_list() -> Vec<PolicyHead>;
        policy_current() -> Option<PolicyVersion>;
        exception_list() -> Vec<ExceptionRow>;
        audit_root() -> AuditRoot;
        audit_entries(from: AuditIndex, limit: usize) -> Vec<Vec<u8>>;
        audit_head(at_least: u64) -> Option<AuditHead>;
        audit_routine(entry: AuditIndex) -> Option<Vec<u8>>;
        listened() -> Span;
        device_turns(id: DeviceId, limit: usize) -> Vec<(AuditIndex, Vec<u8>)>;
        trouble() -> Option<StoreError>;
        backup() -> Backup;
    }
    writes {
        token_add(token: Token, audit: Vec<AuditEvent>);
        token_withdraw(id: TokenId, audit: Vec<AuditEvent>);
        device_enrol(device: Device, audit: Vec<AuditEvent>);
        device_change(device: Device, audit: Vec<AuditEvent>);
        posture_change(id: DeviceId, posture: Posture, audit: Vec<AuditEvent>);
        verdict_record(id: DeviceId, verdict: Verdict, audit: Vec<AuditEvent>);
        report_record(report: AcceptedReport);
        report_record_routine(report: RoutineReport, follows: Sequence);
        seen_record(heard: Vec<Heard>, listened: Span);
        order_record(command: IssuedCommand, audit: Vec<AuditEvent>);
        policy_apply(policy: PolicyVersion, audit: Vec<AuditEvent>);
        exception_put(exception: ExceptionRow, audit: Vec<AuditEvent>);
        audit_append(events: Vec<AuditEvent>);
    }
}
