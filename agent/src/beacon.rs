//! Asking beacons where this laptop is: over each of its links, each beacon at once, within two seconds.
//!
//! Touches the network, by numeric addresses alone. Must never resolve a name, never ask by another link than
//! the one that is asked about, and never say who this is to whom has not proved a pinned key: in TLS 1.3 the
//! client's certificate follows the server's proof.

mod ask;
#[cfg_attr(windows, path = "beacon/windows/connect.rs")]
mod connect;
#[cfg_attr(windows, path = "beacon/windows/ipsec.rs")]
mod ipsec;
pub mod links;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rustls::ClientConfig;
use tokio::time::timeout;

use sekisho_policy::reading::Why;

use crate::cycle::place::{LinkAnswer, NoAnswer};
use crate::limits::BEACON_ANSWER;
use ipsec::Policies;
use links::AskedLink;

/// Asks over each link. A link has answered when one beacon has, and no VPN without a link of its own had taken the
/// question up: its policies are looked at before and after, since they may come and go meanwhile.
pub async fn ask_over(
    links: Vec<AskedLink>,
    addresses: &[SocketAddr],
    tls: &Arc<ClientConfig>,
) -> Vec<LinkAnswer> {
    let before = ipsec::policies().await;
    let answers = over(&links, addresses, tls).await;
    weighed(
        links,
        addresses,
        answers,
        &[before, ipsec::policies().await],
    )
}

/// What each beacon makes of being asked over each link.
async fn over(
    links: &[AskedLink],
    addresses: &[SocketAddr],
    tls: &Arc<ClientConfig>,
) -> Vec<Vec<Result<IpAddr, NoAnswer>>> {
    let asked = links.iter().map(|link| {
        let asked = addresses.iter().map(|at| in_time(link, *at, tls));
        join_all(asked)
    });
    join_all(asked).await
}

/// What the answers come to under the policies of each moment.
fn weighed(
    links: Vec<AskedLink>,
    addresses: &[SocketAddr],
    answers: Vec<Vec<Result<IpAddr, NoAnswer>>>,
    moments: &[Policies],
) -> Vec<LinkAnswer> {
    let proved = |link: u32, at: SocketAddr, answer: Result<IpAddr, NoAnswer>| {
        let own = answer?;
        let mut moments = moments.iter();
        moments.try_for_each(|policies| ipsec::proves(policies, link, own, at))
    };
    let answers = links.into_iter().zip(answers).map(|(link, answers)| {
        let answers = addresses.iter().zip(answers);
        let answers = answers.map(|(at, answer)| proved(link.index, *at, answer));
        LinkAnswer {
            answer: best(answers.collect()),
            link: link.name,
        }
    });
    answers.collect()
}

/// One beacon over one link; gives the address that it was asked from.
async fn in_time(
    link: &AskedLink,
    at: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<IpAddr, NoAnswer> {
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
fn best(answers: Vec<Result<(), NoAnswer>>) -> Result<(), NoAnswer> {
    let mut worst = NoAnswer::Unknown(Why::NotAsked);
    for answer in answers {
        match answer {
            Ok(()) => return Ok(()),
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
