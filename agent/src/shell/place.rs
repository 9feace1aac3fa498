//! Finding out where the laptop is: its links are read, and beacons are asked over them.
//!
//! Touches the beacons, through their room. Must never ask with another identity than the present one.

use tokio::task::spawn_blocking;

use sekisho_policy::facts::{Facts, Network, NetworkPlace};
use sekisho_policy::reading::{Reading, Why};
use sekisho_proto::beacon::Beacons;

use super::{Message, Shell, chain};
use crate::beacon::{ask_over, links};
use crate::cycle::place::Sighting;
use crate::identity::Identity;
use crate::identity::tls::towards_beacons;

/// Puts the place among the networks; where nothing of them was asked for it stands there alone.
pub(crate) fn put_place(facts: &mut Facts, place: Reading<NetworkPlace>) {
    match &mut facts.network {
        Reading::Known(network) => network.place = place,
        Reading::Unknown(Why::NotAsked) => {
            let alone = Network {
                place,
                ..Network::not_asked()
            };
            facts.network = Reading::Known(alone);
        }
        Reading::Absent | Reading::Unknown(_) => {}
    }
}

impl Shell {
    /// Begins to ask; what comes of it is told to the loop.
    pub(super) fn find_place(&self, number: u64, beacons: Beacons, unless: Option<Vec<String>>) {
        let (identity, tell) = (self.identity.clone(), self.tell.clone());
        tokio::spawn(async move {
            let sighting = look(&identity, &beacons, unless.as_deref()).await;
            tracing::debug!(?sighting, "the links were looked at");
            // Nobody listens any more when the agent is ending.
            let _ = tell.send(Message::Sighted(number, sighting)).await;
        });
    }
}

/// Asks over the links as they are now; nobody when they lead to no other networks than these.
async fn look(
    identity: &Identity,
    beacons: &Beacons,
    unless: Option<&[String]>,
) -> Option<Sighting> {
    let unknown = |why| Sighting {
        networks: Vec::new(),
        leads_out: false,
        links: Err(why),
    };
    // What the kernel tells, whatever folder the facts are read from: a beacon is asked over real links.
    let links = match spawn_blocking(links::read).await {
        Ok(Ok(links)) => links,
        Ok(Err(why)) => return Some(unknown(why)),
        Err(error) => return Some(unknown(Why::Unreadable(error.to_string()))),
    };
    if unless == Some(links.networks.as_slice()) {
        return None;
    }
    let tls = match towards_beacons(identity, &beacons.pins) {
        Ok(tls) => tls,
        Err(error) => return Some(unknown(Why::Unreadable(chain(&error)))),
    };
    Some(Sighting {
        networks: links.networks,
        leads_out: links.leads_out,
        links: Ok(ask_over(links.asked, &beacons.addresses, &tls).await),
    })
}
