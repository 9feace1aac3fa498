//! Asking beacons where this laptop is: over each of its links, each beacon at once, within two seconds.
//!
//! Touches the network, by numeric addresses alone. Must never resolve a name, never ask by another link than
//! the one that is asked about, and never say who this is to whom has not proved a pinned key: in TLS 1.3 the
//! client's certificate follows the server's proof.

mod ask;
#[cfg_attr(windows, path = "beacon/windows/connect.rs")]
mod connect;
#[cfg_attr(windows, path = "beacon/windows/links.rs")]
pub mod links;
#[cfg_attr(windows, path = "beacon/windows/news.rs")]
pub mod news;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rustls::ClientConfig;
use tokio::time::timeout;

use sekisho_policy::reading::Why;
use sekisho_policy::time::Timestamp;

use crate::cycle::place::{LinkAnswer, NoAnswer};
use crate::limits::BEACON_ANSWER;

/// Asks over each link. A link has answered when one beacon has.
pub async fn ask_over(
    links: Vec<String>,
    addresses: &[SocketAddr],
    tls: &Arc<ClientConfig>,
) -> Vec<LinkAnswer> {
    let links = links.into_iter().map(|link| async {
        let asked = addresses.iter().map(|at| in_time(&link, *at, tls));
        let answer = best(join_all(asked).await);
        LinkAnswer { link, answer }
    });
    join_all(links).await
}

/// One beacon over one link.
async fn in_time(
    link: &str,
    at: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<Timestamp, NoAnswer> {
    let proved = ask::Proved::default();
    match timeout(BEACON_ANSWER, ask::ask(link, at, tls, &proved)).await {
        Ok(answer) => answer,
        Err(_) => Err(late(at, proved.is_proved())),
    }
}

/// Silence after a beacon has proved itself is no sign of another network.
fn late(at: SocketAddr, is_proved: bool) -> NoAnswer {
    let limit = Duration::as_secs(&BEACON_ANSWER);
    let why = format!("{at}: no answer within {limit} s");
    if is_proved {
        NoAnswer::Unknown(Why::TimedOut(why))
    } else {
        NoAnswer::NotThere(why)
    }
}

/// What several beacons say together over one link: one that answers is enough, and one of which it cannot be
/// told keeps the others' silence from being an answer.
fn best(answers: Vec<Result<Timestamp, NoAnswer>>) -> Result<Timestamp, NoAnswer> {
    let mut worst = NoAnswer::Unknown(Why::NotAsked);
    for answer in answers {
        match answer {
            Ok(at) => return Ok(at),
            Err(NoAnswer::NotThere(why)) => match worst {
                NoAnswer::Unknown(Why::NotAsked) => worst = NoAnswer::NotThere(why),
                NoAnswer::Unknown(_) | NoAnswer::NotThere(_) => {}
            },
            Err(unknown @ NoAnswer::Unknown(_)) => match worst {
                NoAnswer::Unknown(Why::NotAsked) | NoAnswer::NotThere(_) => worst = unknown,
                NoAnswer::Unknown(_) => {}
            },
        }
    }
    Err(worst)
}

/// Whether the beacon saw the address that this laptop asked from.
fn is_same(seen: IpAddr, own: IpAddr) -> bool {
    seen.to_canonical() == own.to_canonical()
}
