//! Enrolment: token and certificate request in, identity out; and the way back for a device whose
//! certificate has ended.
//!
//! Touches the state folder and the enrolment listener. Must never send the token to a server whose
//! root is not the one the token names, and never leave half an identity behind.

mod wish;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use prost::Message;
use thiserror::Error;
use tonic::transport::Channel;
use tonic::{Code, Status};

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::Entry;
use sekisho_proto::convert::{EnrolRequest, EnrolResponse, InvalidMessage, Marks};
use sekisho_proto::limits::MESSAGE_BYTES_MAX;
use sekisho_proto::order::{self, OrderBody};
use sekisho_proto::wire;
use sekisho_proto::wire::enrolment_client::EnrolmentClient;

use crate::identity::key::{DeviceKey, FileKey, KeyError, certificate_request};
use crate::identity::tls::{FloorClock, PinnedRoot, TlsError, pinned, without_certificate};
use crate::identity::token::PrintedToken;
use crate::identity::{Collector, Identity, IdentityError, Secret, checked_chain, checked_roots};
use crate::limits::{KEY_BYTES_MAX, MEMORY_BYTES_MAX, NONCE_BYTES_MAX};
use crate::link::dial::{DialError, Place, channel};
use crate::link::in_time;
use crate::memory::record::{AddressesRecord, OrderRecord, PendingRecord};
use crate::memory::{Memory, MemoryError, Slot, seal, unseal};
use crate::paths::{self, PathError, Paths};

pub use wish::{InvalidWish, Wish};

/// What the proof of a first enrolment is made over, before the nonce.
const ENROL_DOMAIN: &[u8] = b"sekisho enrol v1\0";
/// What the proof of a late renewal is made over, before the nonce and the request.
const RENEW_DOMAIN: &[u8] = b"sekisho renew v1\0";
/// Name of the pending enrolment's file, and part of its checksum.
const PENDING_NAME: &str = "enrolment";

/// What came of it.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Who this device is from now on.
    pub device: DeviceId,
    /// What the register says of it.
    pub register: Entry,
}

/// Why a device was not enrolled, or not renewed. What was there before still holds.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// It is enrolled already.
    #[error("this machine is enrolled already, as device {0}; to enrol it anew add --again")]
    Already(DeviceId),
    /// It is cut off by an order, which a new identity would leave behind.
    #[error("this device is under an isolation order; it is released first, then enrolled anew")]
    UnderOrder,
    /// The server is another company's collector, or someone in between.
    #[error(
        "the server at {host} is not the collector this token was made for: \
         the token names root {expected}, the server shows {shown}"
    )]
    WrongRoot {
        /// The server that was asked for.
        host: String,
        /// The root of the token.
        expected: Fingerprint,
        /// What the server showed.
        shown: String,
    },
    /// The collector was not reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The collector refused. It says why.
    #[error("the collector refused: {message}")]
    Refused {
        /// The kind of refusal.
        code: Code,
        /// What it said.
        message: String,
    },
    /// The answer got lost or did not come; trying again is safe.
    #[error("the collector's answer was lost; run the same command again")]
    Lost(#[source] Status),
    /// The answer makes no sense.
    #[error("the collector's answer cannot be used")]
    Answer(#[from] InvalidMessage),
    /// The identity given cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The key cannot be made or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The memory cannot be read or written.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl EnrolError {
    /// Whether the collector was not reached at all.
    #[must_use]
    pub const fn is_unreached(&self) -> bool {
        matches!(
            self,
            Self::Dial(DialError::Resolve { .. } | DialError::Unreachable { .. })
        )
    }

    /// Whether the same wish may be granted later: the laptop is on its way, or the answer was lost.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        self.is_unreached() || matches!(self, Self::Lost(_))
    }
}

impl From<Status> for EnrolError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::Cancelled | Code::Unknown | Code::DeadlineExceeded => {
                Self::Lost(status)
            }
            code @ (Code::Ok
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss
            | Code::Unauthenticated) => Self::Refused {
                code,
                message: status.message().to_owned(),
            },
        }
    }
}

/// Enrols this machine. Asking again with the same token after a lost answer uses the same key, so that
/// the collector knows the device again.
///
/// # Errors
/// [`EnrolError`]; the identity before, if any, still holds.
pub async fn enrol(paths: &Paths, wish: &Wish) -> Result<Enrolled, EnrolError> {
    paths.create()?;
    refuse_if_held(paths, wish.again)?;
    let (key, key_name) = pending_key(paths, &wish.token)?;
    let floor = Arc::new(FloorClock::default());
    let (tls, root) = pinned(wish.token.root, floor)?;
    let place = Place {
        host: wish.host.clone(),
        port: wish.port,
        known: Vec::new(),
        resolve: true,
    };
    let (channel, address) = channel(&place, &tls)
        .await
        .map_err(|error| wrong_root(error, &root, wish))?;
    let mut client = client(channel);
    let nonce = begin(&mut client).await?;
    let request = EnrolRequest {
        token: wish.token.secret.to_vec().into(),
        csr: certificate_request(&key)?.into(),
        proof: key.sign(&[ENROL_DOMAIN, &nonce].concat())?.into(),
        nonce: nonce.into(),
        marks: wish.marks.clone(),
    };
    let answer = in_time(client.enrol(wire::EnrolRequest::from(request))).await?;
    let answer = EnrolResponse::try_from(answer.into_inner())?;
    keep(paths, wish, key, key_name, answer, address)
}

/// Asks for a new certificate for the same key, where the present one has ended.
///
/// # Errors
/// [`EnrolError`].
pub async fn renew_expired(
    identity: &Identity,
    known: Vec<IpAddr>,
    resolve: bool,
    floor: Arc<FloorClock>,
) -> Result<Vec<Vec<u8>>, EnrolError> {
    let tls = without_certificate(identity, floor)?;
    let place = Place {
        host: identity.collector.host.clone(),
        port: identity.collector.enrol_port,
        known,
        resolve,
    };
    let (channel, _) = channel(&place, &tls).await?;
    let mut client = client(channel);
    let nonce = begin(&mut client).await?;
    let csr = certificate_request(identity.key.as_ref())?;
    let proof = identity.key.sign(&[RENEW_DOMAIN, &nonce, &csr].concat())?;
    let certificate = identity.chain.first();
    let certificate = certificate.ok_or(IdentityError::Certificate("the chain is empty"))?;
    let request = wire::RenewExpiredRequest {
        nonce: nonce.into(),
        certificate: certificate.to_vec().into(),
        csr: csr.into(),
        proof: proof.into(),
    };
    let answer = in_time(client.renew_expired(request)).await?.into_inner();
    Ok(answer.chain.iter().map(|der| der.to_vec()).collect())
}

fn refuse_if_held(paths: &Paths, again: bool) -> Result<(), EnrolError> {
    match Identity::load(paths) {
        Ok(identity) if !again => Err(EnrolError::Already(identity.device)),
        Ok(identity) => {
            let memory = Memory::new(&paths.memory_dir(), identity.device);
            match memory.recall(Slot::Order) {
                Ok(Some(bytes)) if asks_for_less(&bytes) => Err(EnrolError::UnderOrder),
                Ok(_) => Ok(()),
                // What cannot be read may well be an isolation.
                Err(_) => Err(EnrolError::UnderOrder),
            }
        }
        // Without --again a damaged identity is told, since mending it makes another device.
        Err(IdentityError::NotEnrolled) => Ok(()),
        Err(_) if again => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a remembered order asks for less than full access, or cannot be read.
fn asks_for_less(remembered: &[u8]) -> bool {
    let signed = OrderRecord::decode(remembered)
        .ok()
        .and_then(|record| wire::SignedOrder::decode(record.signed.as_slice()).ok());
    // It was verified as it was taken up, and only asking for more would be dangerous here.
    match signed.and_then(|signed| order::open(&signed, |_, _, _| true).ok()) {
        Some(OrderBody::State(order)) => order.access != Access::Full,
        Some(OrderBody::Request(_)) | None => true,
    }
}

/// The key of an enrolment that was begun with this token, or a new one.
fn pending_key(paths: &Paths, token: &PrintedToken) -> Result<(FileKey, String), EnrolError> {
    let token = digest(&SHA256, &token.secret).as_ref().to_vec();
    let kept = paths::read_small(&paths.pending_path(), MEMORY_BYTES_MAX)?;
    let kept = kept
        .as_deref()
        .and_then(|bytes| unseal(PENDING_NAME, bytes).ok())
        .and_then(|(_, body)| PendingRecord::decode(body).ok());
    if let Some(kept) = kept.filter(|kept| kept.token == token) {
        let pkcs8 = paths::read_small(&paths.keys_dir().join(&kept.key), KEY_BYTES_MAX)?;
        if let Some(key) = pkcs8.and_then(|pkcs8| FileKey::from_pkcs8(&pkcs8).ok()) {
            return Ok((key, kept.key));
        }
    }
    let (key, name) = FileKey::make(paths)?;
    let record = PendingRecord {
        key: name.clone(),
        token,
    };
    let nobody = DeviceId::from_bytes([0; 16]);
    let bytes = seal(PENDING_NAME, nobody, &record.encode_to_vec());
    paths::write_small(&paths.pending_path(), &bytes)?;
    Ok((key, name))
}

fn keep(
    paths: &Paths,
    wish: &Wish,
    key: FileKey,
    key_name: String,
    answer: EnrolResponse,
    address: IpAddr,
) -> Result<Enrolled, EnrolError> {
    let EnrolResponse {
        device,
        chain,
        roots,
        order_keys,
        break_glass_secret,
        register,
        agent_port,
    } = answer;
    let list = |list: Vec<bytes::Bytes>| list.iter().map(|der| der.to_vec()).collect();
    let identity = Identity {
        device,
        chain: checked_chain(list(chain), key.public())?,
        roots: checked_roots(list(roots), wish.token.root)?,
        order_keys,
        break_glass_secret: Secret(break_glass_secret),
        collector: Collector {
            host: wish.host.clone(),
            enrol_port: wish.port,
            agent_port,
        },
        key: Arc::new(key),
        key_name: key_name.clone(),
    };
    let memory = Memory::new(&paths.memory_dir(), device);
    let addresses = AddressesRecord {
        addresses: vec![address.to_string()],
    };
    memory.keep(Slot::Addresses, &addresses.encode_to_vec())?;
    let entry = wire::RegisterEntry::from(&register);
    memory.keep(Slot::Register, &entry.encode_to_vec())?;
    identity.store(paths)?;
    paths::remove_small(&paths.pending_path())?;
    forget_other_keys(paths, &key_name);
    Ok(Enrolled { device, register })
}

/// The marks of a machine whose host could not be read.
#[must_use]
pub fn unread_marks() -> Marks {
    let unread = || Reading::Unknown(Why::NotAsked);
    Marks {
        hostname: String::new(),
        product_uuid: unread(),
        serial: unread(),
        machine_mark: unread(),
        boot_id: unread(),
    }
}

/// A key that no identity names any more is not needed by anybody but a thief.
fn forget_other_keys(paths: &Paths, keep: &str) {
    let Ok(entries) = std::fs::read_dir(paths.keys_dir()) else {
        return;
    };
    for entry in entries.flatten().filter(|entry| entry.file_name() != keep) {
        if let Err(error) = paths::remove_small(&entry.path()) {
            tracing::warn!(%error, "cannot remove a key that is not used any more");
        }
    }
}

fn client(channel: Channel) -> EnrolmentClient<Channel> {
    EnrolmentClient::new(channel)
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX)
}

async fn begin(client: &mut EnrolmentClient<Channel>) -> Result<Vec<u8>, EnrolError> {
    let begun = in_time(client.begin(wire::BeginRequest {})).await?;
    let nonce = begun.into_inner().nonce;
    if nonce.is_empty() || nonce.len() > NONCE_BYTES_MAX {
        return Err(InvalidMessage::TooLong {
            what: "nonce",
            bytes: nonce.len(),
            max: NONCE_BYTES_MAX,
        }
        .into());
    }
    Ok(nonce.to_vec())
}

fn wrong_root(error: DialError, root: &PinnedRoot, wish: &Wish) -> EnrolError {
    let shown = root.shown_instead();
    let refused = matches!(&error, DialError::Tls { source, .. } if is_tls(source))
        || matches!(&error, DialError::Certificate { .. });
    if !refused || shown.is_empty() {
        return error.into();
    }
    EnrolError::WrongRoot {
        host: format!("{}:{}", wish.host, wish.port),
        expected: wish.token.root,
        shown: shown
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<rustls::Error>())
}
