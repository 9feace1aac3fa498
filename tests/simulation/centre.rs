//! The collector: its real rooms and conversations over the real store, polled by hand.
//!
//! Touches its folder. Must never keep anything across a crash but what is in the store and its keys.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_stream::Stream;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Status;

use sekisho_collector::admit::Presented;
use sekisho_collector::authority::DeviceKey;
use sekisho_collector::config::Config;
use sekisho_collector::grpc::Talk;
use sekisho_collector::keys::Keys;
use sekisho_collector::record::{Actor, Certificate, Marks};
use sekisho_collector::response::{By, Desk};
use sekisho_collector::serve::Collector;
use sekisho_collector::store::Store;
use sekisho_collector::tls::{Idle, Peer};
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::time::Timestamp;
use sekisho_proto::wire;
use sekisho_tests::store_load;

use crate::door::{Door, wait};
use crate::laptop::{Laptop, LinkId};
use crate::time;
use crate::truth::Outcome;

type Errand = Pin<Box<dyn Future<Output = Outcome>>>;

/// What the collector did since it was last looked at.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one step, and a box for each message would cost more"
)]
pub(crate) enum Deed {
    Said(LinkId, wire::FromCollector),
    /// It ended a stream, and said this.
    Ended(LinkId, String),
    Answered(Outcome),
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Link(LinkId),
    Person(u64),
}

/// Rings when one can go on.
struct Bell {
    who: Who,
    rung: Arc<Mutex<VecDeque<Who>>>,
}

/// The collector and what it leaves behind when it is down.
pub(crate) struct Centre {
    pub(crate) running: Option<Running>,
    pub(crate) keys: Arc<Keys>,
    config: Config,
}

/// One open stream.
struct Line {
    talk: Talk,
    peer: Arc<Peer>,
    said: UnboundedSender<Result<wire::FromAgent, Status>>,
}

/// The running collector.
pub(crate) struct Running {
    pub(crate) store: Arc<Door>,
    pub(crate) collector: Arc<Collector>,
    lines: BTreeMap<LinkId, Line>,
    people: BTreeMap<u64, Errand>,
    asked: u64,
    rung: Arc<Mutex<VecDeque<Who>>>,
}

impl Centre {
    pub(crate) fn new(dir: &Path) -> Self {
        let config = Config::usual(dir);
        let keys = Keys::create(&config.keys_dir(), &[], time::now()).expect("keys");
        let mut centre = Self {
            running: None,
            keys: Arc::new(keys),
            config,
        };
        centre.starts();
        let token = centre.store().token_add(store_load::token(), vec![]);
        wait(token).expect("a token");
        centre
    }

    /// Enters a laptop in the register, approved.
    pub(crate) fn knows(&self, laptop: &Laptop, number: u32) {
        let mut row = store_load::device(number);
        assert_eq!(row.id, laptop.device);
        row.marks = Marks::from(&laptop.marks());
        row.certificates = vec![Certificate {
            fingerprint: certificate(laptop.device),
            not_after: Timestamp(i64::MAX),
        }];
        wait(self.store().device_enrol(row, vec![])).expect("a device");
    }

    /// The store of the running collector, without its door.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.running.as_ref().expect("it runs").store.inner()
    }

    /// Starts it over what is on disk.
    pub(crate) fn starts(&mut self) {
        let signer = Arc::clone(&self.keys.audit);
        let store_dir: PathBuf = self.config.store_dir();
        let store = Arc::new(Door::open(&store_dir, signer));
        let collector = wait(Collector::under(
            time::now,
            self.config.clone(),
            Arc::clone(&self.keys),
            Arc::clone(&store) as Arc<dyn Store>,
        ));
        self.running = Some(Running {
            store,
            collector: collector.expect("the collector opens"),
            lines: BTreeMap::new(),
            people: BTreeMap::new(),
            asked: 0,
            rung: Arc::default(),
        });
    }

    /// Kills it, with `count` of the waiting writes on disk. Gives the streams that were open.
    pub(crate) fn dies(&mut self, count: usize) -> Vec<LinkId> {
        let Some(running) = self.running.take() else {
            return Vec::new();
        };
        running.store.crash(count);
        let links = running.lines.keys().copied().collect();
        let Running {
            store,
            collector,
            lines,
            people,
            ..
        } = running;
        drop((lines, people, collector));
        let door = Arc::into_inner(store).expect("nobody else holds the store");
        assert_eq!(Arc::strong_count(door.inner()), 1, "it is held open");
        links
    }
}

impl Running {
    /// A laptop has connected, and its certificate was found good.
    pub(crate) fn connected(&mut self, link: LinkId, device: DeviceId) {
        let peer = Arc::new(Peer {
            address: ([192, 0, 2, 1], 1).into(),
            certificate: None,
            closer: Arc::default(),
            idle: Idle::default(),
        });
        let mut point = [7; 65];
        point[0] = 4;
        let presented = Presented {
            fingerprint: certificate(device),
            device,
            not_after: Timestamp(i64::MAX),
            key: DeviceKey::from_point(&point).expect("a point"),
        };
        let (said, inbound) = unbounded_channel();
        let talk = Talk::begin(
            Arc::clone(&self.collector),
            Arc::clone(&peer),
            presented,
            Box::pin(UnboundedReceiverStream::new(inbound)),
        );
        self.lines.insert(link, Line { talk, peer, said });
        self.ring(Who::Link(link));
    }

    /// A message has come, or the other end is gone.
    pub(crate) fn hears(&self, link: LinkId, said: Result<wire::FromAgent, Status>) {
        if let Some(line) = self.lines.get(&link) {
            // A conversation that has ended reads no more.
            drop(line.said.send(said));
        }
    }

    /// A person asks for something.
    pub(crate) fn asked<F>(&mut self, ask: impl FnOnce(Desk, By) -> F)
    where
        F: Future<Output = Outcome> + 'static,
    {
        let by = By {
            who: Actor::Admin("kenji".to_owned()),
            login: None,
            at: time::now(),
        };
        self.asked += 1;
        let errand = ask(Desk::of(&self.collector), by);
        self.people.insert(self.asked, Box::pin(errand));
        self.ring(Who::Person(self.asked));
    }

    /// How many streams are open, and how much is being done for people.
    pub(crate) fn open(&self) -> (usize, usize) {
        (self.lines.len(), self.people.len())
    }

    /// What the first who can go on does; `None` when all of them wait.
    pub(crate) fn step(&mut self) -> Option<Vec<Deed>> {
        let who = self.lock().pop_front()?;
        let rung = Arc::clone(&self.rung);
        let waker = Waker::from(Arc::new(Bell { who, rung }));
        let mut cx = Context::from_waker(&waker);
        Some(match who {
            Who::Link(link) => self.step_line(link, &mut cx),
            Who::Person(number) => self.step_person(number, &mut cx),
        })
    }

    fn step_line(&mut self, link: LinkId, cx: &mut Context<'_>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let Some(line) = self.lines.get_mut(&link) else {
            return deeds;
        };
        let ended = loop {
            if line.peer.closer.poll_closed(cx) {
                break "the connection was closed".to_owned();
            }
            match Pin::new(&mut line.talk).poll_next(cx) {
                Poll::Ready(Some(Ok(said))) => deeds.push(Deed::Said(link, said)),
                Poll::Ready(Some(Err(status))) => break status.message().to_owned(),
                Poll::Ready(None) => break "the stream has ended".to_owned(),
                Poll::Pending => return deeds,
            }
        };
        self.lines.remove(&link);
        deeds.push(Deed::Ended(link, ended));
        deeds
    }

    fn step_person(&mut self, number: u64, cx: &mut Context<'_>) -> Vec<Deed> {
        let outcome = match self.people.get_mut(&number) {
            Some(errand) => errand.as_mut().poll(cx),
            None => Poll::Pending,
        };
        let Poll::Ready(outcome) = outcome else {
            return Vec::new();
        };
        self.people.remove(&number);
        vec![Deed::Answered(outcome)]
    }

    fn ring(&self, who: Who) {
        self.lock().push_back(who);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Who>> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if !rung.contains(&self.who) {
            rung.push_back(self.who);
        }
    }
}

/// The fingerprint of a device's certificate.
fn certificate(device: DeviceId) -> Fingerprint {
    Fingerprint::of(device.as_bytes())
}
