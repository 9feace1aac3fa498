//! The mutually authenticated stream to the collector.
//!
//! Touches the network. Must never decide when to connect or what to send: it opens orders with the
//! pinned keys, parses what comes, and tells it.

pub mod dial;
pub mod parcel;
mod refused;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use futures_util::{StreamExt, stream};
use prost::Message;
use rustls::{AlertDescription, ClientConfig};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status};

use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::limits::MESSAGE_BYTES_MAX;
use sekisho_proto::message::{FromCollector, FromCollectorBody};
use sekisho_proto::order;
use sekisho_proto::wire;
use sekisho_proto::wire::agent_client::AgentClient;

use crate::cycle::{Heard, NotTakenUp};
use crate::limits::{CALL_SECS, HEARD_BYTES_MAX, LINK_QUEUE_MAX, SAID_BYTES_MAX};
use dial::{Place, channel_noting};
use refused::Noted;

/// What a server may put beside `RESOURCE_EXHAUSTED`: when to come back, in milliseconds.
const RETRY_AFTER: &str = "retry-after-ms";

/// Room that something on its way takes up until this is dropped.
#[derive(Debug)]
pub struct Room {
    _taken: OwnedSemaphorePermit,
}

/// What the link tells.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one step, and a box for each message would cost more"
)]
pub enum Told {
    /// The collector was met at this address; calls beside the stream go over this channel.
    Met(IpAddr, Channel),
    /// It said something.
    Heard(Timestamp, Heard, Room),
    /// By its clock this device's certificate has ended.
    CertificateEnded,
    /// The link is gone. It tells nothing more.
    Broken {
        /// Why, with its causes.
        why: String,
        /// When the collector wants to be asked again.
        retry_after: Option<Span>,
    },
}

/// What it takes to attach.
#[derive(Debug)]
pub struct Opening {
    /// Where the collector is.
    pub place: Place,
    /// With the device's certificate.
    pub tls: Arc<ClientConfig>,
    /// The first message.
    pub hello: wire::FromAgent,
    /// Ed25519 keys that may sign orders.
    pub order_keys: Vec<[u8; 32]>,
    /// The number of this link among the links of this process.
    pub epoch: u64,
}

/// A link that comes up or is up. Dropping it gives it up at once.
#[derive(Debug)]
pub struct Link {
    say: mpsc::Sender<(Vec<wire::FromAgent>, Room)>,
    room: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// Begins to reach the collector. What happens is told with the epoch, the end as well.
    pub fn open(opening: Opening, tell: mpsc::Sender<(u64, Told)>) -> Self {
        let (say, said) = mpsc::channel(LINK_QUEUE_MAX);
        let task = tokio::spawn(async move {
            let epoch = opening.epoch;
            let (why, retry_after) = hold(opening, said, &tell).await;
            // Nobody listens any more when the agent is ending.
            let _ = tell.send((epoch, Told::Broken { why, retry_after })).await;
        });
        Self {
            say,
            room: Arc::new(Semaphore::new(SAID_BYTES_MAX)),
            task,
        }
    }

    /// Puts messages on the way, all or none. `false` when the link does not take them: it is stuck or
    /// gone, and will tell so.
    #[must_use]
    pub fn say(&self, messages: Vec<wire::FromAgent>) -> bool {
        let bytes = messages.iter().map(Message::encoded_len).sum();
        let taken = Arc::clone(&self.room).try_acquire_many_owned(permits(bytes));
        let room = taken.map(|taken| Room { _taken: taken });
        room.is_ok_and(|room| self.say.try_send((messages, room)).is_ok())
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Asks for a new certificate beside the stream.
///
/// # Errors
/// What the collector or the network said.
pub async fn renew(channel: Channel, csr: Vec<u8>) -> Result<Vec<Vec<u8>>, Status> {
    let mut client = client(channel);
    let answer = in_time(client.renew(wire::RenewRequest { csr: csr.into() })).await?;
    let chain = answer.into_inner().chain;
    Ok(chain.iter().map(|der| der.to_vec()).collect())
}

/// The answer to a call, or that it did not come: nobody waits for a collector that says nothing.
pub(crate) async fn in_time<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    within(Duration::from_secs(CALL_SECS), call).await
}

async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let late = |_| Err(Status::deadline_exceeded("no answer in time"));
    timeout(limit, call).await.unwrap_or_else(late)
}

/// Holds the stream to its end, and tells why it ended.
async fn hold(
    opening: Opening,
    said: mpsc::Receiver<(Vec<wire::FromAgent>, Room)>,
    tell: &mpsc::Sender<(u64, Told)>,
) -> (String, Option<Span>) {
    let Opening {
        place,
        tls,
        hello,
        order_keys,
        epoch,
    } = opening;
    let noted = Noted::default();
    let (channel, address) = match channel_noting(&place, &tls, noted.clone()).await {
        Ok(reached) => reached,
        Err(error) => {
            return refused(
                noted.alert(),
                (crate::shell::chain(&error), None),
                epoch,
                tell,
            )
            .await;
        }
    };
    let first = stream::iter([hello]);
    let rest = ReceiverStream::new(said).flat_map(|(messages, room)| {
        stream::iter(messages).inspect(move |_| {
            let _held_to_the_last = &room;
        })
    });
    let room = Arc::new(Semaphore::new(HEARD_BYTES_MAX));
    let mut client = client(channel.clone());
    let attach = client.attach(first.chain(rest));
    let mut heard = match in_time(attach).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            return refused(noted.alert(), ended(&status), epoch, tell).await;
        }
    };
    if tell
        .send((epoch, Told::Met(address, channel)))
        .await
        .is_err()
    {
        return (String::new(), None);
    }
    let mut welcomed = false;
    loop {
        // Later on silence is for the cycle to judge, by its pulses.
        let said = if welcomed {
            heard.message().await
        } else {
            in_time(heard.message()).await
        };
        welcomed = true;
        let message = match said {
            Ok(Some(message)) => message,
            Ok(None) => return ("the collector closed the link".to_owned(), None),
            Err(status) => {
                return refused(noted.alert(), ended(&status), epoch, tell).await;
            }
        };
        let bytes = message.encoded_len().min(HEARD_BYTES_MAX);
        let Ok(taken) = Arc::clone(&room).acquire_many_owned(permits(bytes)).await else {
            return (String::new(), None);
        };
        let parsed = match FromCollector::try_from(message) {
            Ok(parsed) => parsed,
            Err(error) => return (format!("the collector's message is refused: {error}"), None),
        };
        let Some(what) = opened(parsed.body, &order_keys) else {
            tracing::debug!("the collector said what only a newer agent knows; it is passed over");
            continue;
        };
        if tell
            .send((epoch, Told::Heard(parsed.at, what, Room { _taken: taken })))
            .await
            .is_err()
        {
            return (String::new(), None);
        }
    }
}

/// Why the link has ended. Where the collector takes the certificate for one that has ended, that is told, since the
/// library's own words are of a connection that broke.
async fn refused(
    alert: Option<AlertDescription>,
    why: (String, Option<Span>),
    epoch: u64,
    tell: &mpsc::Sender<(u64, Told)>,
) -> (String, Option<Span>) {
    if alert != Some(AlertDescription::CertificateExpired) {
        return why;
    }
    // Nobody listens any more when the agent is ending.
    let _ = tell.send((epoch, Told::CertificateEnded)).await;
    let why =
        "by the collector's clock this laptop's certificate has ended; a new one is asked for";
    (why.to_owned(), None)
}

fn client(channel: Channel) -> AgentClient<Channel> {
    AgentClient::new(channel)
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX)
}

fn ended(status: &Status) -> (String, Option<Span>) {
    let told = status.metadata().get(RETRY_AFTER);
    let retry_after = told
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .filter(|_| status.code() == Code::ResourceExhausted)
        .map(Span);
    let message = match (status.message(), std::error::Error::source(status)) {
        ("", None) => status.code().description().to_owned(),
        (message, None) => message.to_owned(),
        (message, Some(cause)) => format!("{message}: {}", crate::shell::chain(cause)),
    };
    (message, retry_after)
}

/// What the collector said, its orders opened with the pinned keys; `None` for what only a newer agent knows.
#[must_use]
pub fn opened(body: FromCollectorBody, order_keys: &[[u8; 32]]) -> Option<Heard> {
    Some(match body {
        FromCollectorBody::NotKnown => return None,
        FromCollectorBody::Welcome(welcome) => Heard::Welcome(welcome),
        FromCollectorBody::Ack(ack) => Heard::Ack(ack),
        FromCollectorBody::Need(need) => Heard::Need(need),
        FromCollectorBody::Busy(busy) => Heard::Busy(busy),
        FromCollectorBody::Policy(text) => Heard::Policy(text),
        FromCollectorBody::Pulse(number) => Heard::Pulse(number),
        FromCollectorBody::Register(entry) => Heard::Register(entry),
        FromCollectorBody::Order(signed) => Heard::Order {
            opened: order::open(&signed, |id, message, signature| {
                is_signed(order_keys, id, message, signature)
            })
            .map_err(|error| NotTakenUp {
                why: error.why(),
                generation: None,
                detail: crate::shell::chain(&error),
            }),
            signed: signed.encode_to_vec(),
        },
    })
}

/// Whether one of the pinned keys, the one with this id, made the signature.
#[must_use]
pub fn is_signed(
    order_keys: &[[u8; 32]],
    id: &order::KeyId,
    message: &[u8],
    signature: &[u8],
) -> bool {
    order_keys
        .iter()
        .filter(|key| Sha256::digest(key).starts_with(id))
        .any(|key| {
            UnparsedPublicKey::new(&ED25519, key)
                .verify(message, signature)
                .is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_collector_that_says_nothing_is_not_waited_for_without_end() {
        let never = std::future::pending::<Result<(), Status>>();
        let said = within(Duration::from_millis(1), never).await;
        assert_eq!(said.unwrap_err().code(), Code::DeadlineExceeded);
        let prompt = within(Duration::from_secs(CALL_SECS), async { Ok(7) }).await;
        assert_eq!(prompt.unwrap(), 7);
    }
}
