//! A collector for tests: keys, store, hub and socket as in earnest; laptops are rows of its register.
//!
//! Touches a temporary folder. Must never outlive its test.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::Registration;
use sekisho_policy::time::{Span, Timestamp};

use crate::admin::{Office, bind, router, serve};
use crate::audit::entry::decode;
use crate::client::{Answer, Client, ClientError};
use crate::clock;
use crate::config::Config;
use crate::hub::Hub;
use crate::in_force::PolicyInForce;
use crate::keys::Keys;
use crate::listening::Listening;
use crate::record::{Certificate, Device, Marks, Token, TokenId};
use crate::response::Desk;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

pub(super) struct World {
    pub(super) client: Client,
    pub(super) desk: Desk,
    stop: watch::Sender<bool>,
    dir: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::usual(dir.path());
        let keys = Keys::create(&config.keys_dir(), &[], clock::now()).unwrap();
        let signer = Arc::clone(&keys.audit);
        std::fs::create_dir_all(config.store_dir()).unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::make(&config.store_dir(), signer).unwrap());
        let policy = PolicyInForce::load(&*store, clock::now()).await.unwrap();
        let listening = Arc::new(Listening::resume(&*store).await.unwrap());
        let desk = Desk {
            store,
            listening,
            rehearsing: Arc::default(),
            hub: Arc::new(Hub::default()),
            beacon: Arc::default(),
            keys: Arc::new(keys),
            policy,
        };
        let listener = bind(&config.admin_socket_path).unwrap();
        let (stop, stopped) = watch::channel(false);
        let office = Arc::new(Office::new(desk.clone(), clock::now()));
        tokio::spawn(serve(listener, router(office), stopped));
        Self {
            client: Client::at(&config.admin_socket_path),
            desk,
            stop,
            dir,
        }
    }

    /// A laptop that has enrolled and waits to be approved.
    pub(super) async fn laptop(&self, name: &str, number: u8) -> DeviceId {
        let now = clock::now();
        let token = token(number, now);
        let device = device(name, number, token.id, now);
        let id = device.id;
        self.desk.store.token_add(token, vec![]).await.unwrap();
        self.desk.store.device_enrol(device, vec![]).await.unwrap();
        id
    }

    /// Where the admin interface is.
    pub(super) fn socket(&self) -> PathBuf {
        Config::usual(self.dir.path()).admin_socket_path
    }

    pub(super) async fn fetch(&self, path: &str) -> Value {
        self.client.fetch::<Value>(path).await.unwrap().raw
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value, ClientError> {
        let answer = self
            .client
            .send::<Value>(hyper::Method::POST, path, &body)
            .await;
        answer.map(|answer| answer.raw)
    }

    /// What the audit log says was done, oldest first, with the names of who did it.
    pub(super) async fn deeds(&self) -> Vec<(String, crate::record::Actor)> {
        let entries = self.desk.store.audit_entries(0, 1000).await.unwrap();
        let entries = entries.iter().map(|bytes| decode(bytes).unwrap());
        entries.map(|entry| (entry.action, entry.actor)).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// The code of a refusal.
#[track_caller]
pub(super) fn code<T: Debug>(answer: Result<T, ClientError>) -> String {
    match answer {
        Err(ClientError::Refused(body)) => {
            assert!(!body.what_to_do.is_empty(), "{body:?}");
            body.code
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// The answer's raw JSON.
pub(super) fn raw<T>(answer: Result<Answer<T>, ClientError>) -> Result<Value, ClientError> {
    answer.map(|answer| answer.raw)
}

fn token(number: u8, now: Timestamp) -> Token {
    Token {
        id: TokenId([number; 8]),
        digest: Fingerprint::from_bytes([number; 32]),
        note: String::new(),
        group: String::new(),
        approves: false,
        uses_left: 1,
        created_at: now,
        expires_at: now.after(Span::from_days(1)),
        withdrawn: false,
    }
}

fn device(name: &str, number: u8, token: TokenId, now: Timestamp) -> Device {
    let mut id = [number; 16];
    id[6] = 0x70 | (number & 0x0f);
    Device {
        id: DeviceId::from_bytes(id),
        revision: 1,
        name: name.to_owned(),
        registration: Registration::Pending,
        group: String::new(),
        data_class: None,
        owner: String::new(),
        asset_number: String::new(),
        enrolled_at: now,
        approved_until: None,
        take_out: None,
        token,
        key: Fingerprint::of(&[number]),
        certificates: vec![Certificate {
            fingerprint: Fingerprint::of(&[number, 1]),
            not_after: now.after(Span::from_days(90)),
        }],
        marks: marks(name),
        clones: None,
    }
}

pub(super) fn marks(name: &str) -> Marks {
    Marks {
        hostname: name.to_owned(),
        product_uuid: Reading::Known(format!("uuid-{name}")),
        serial: Reading::Absent,
        machine_mark: Reading::Unknown(Why::NotAsked),
        boot_id: Reading::Unknown(Why::NotAsked),
    }
}
