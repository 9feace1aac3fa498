//! Understands a listing of our tables and compares it with a plan.
//!
//! Touches nothing. Must never call a table the planned one because its name is right.

use sekisho_policy::order::Access;
use serde_json::{Value, json};

use super::links::Link;
use super::nft::NftError;
use super::render::{self, Ground};
use crate::enforce::plan::Ruleset;

/// What the kernel holds under our name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// Tables, chains, rules and whatever else is in them, without handles and with counters at
    /// zero, in a settled order.
    items: Vec<Value>,
    /// What the counters stood at.
    pub counters: Counters,
}

/// Packets refused on the way out since the rules were put in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// TCP segments answered with a reset.
    pub tcp: u64,
    /// Everything else.
    pub other: u64,
}

/// How a read-back compares with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Every table, chain and rule is as planned.
    Same,
    /// Tables and chains are as planned and the rules go by the same names in the same order, but
    /// this version of `nft` words them in another way than the plan.
    Reworded,
    /// Something is missing, added or changed.
    Different,
}

impl Applied {
    /// Understands the listings of our tables; `None` is an empty one.
    ///
    /// # Errors
    /// [`NftError::NotAListing`] when one has not the shape of `libnftables-json(5)`.
    pub fn of(listings: &[Option<Value>]) -> Result<Self, NftError> {
        let mut all = Vec::new();
        for listing in listings {
            all.extend_from_slice(items(listing.as_ref())?);
        }
        Ok(Self {
            counters: Counters {
                tcp: packets(&all, render::REFUSED_TCP),
                other: packets(&all, render::REFUSED_OTHER),
            },
            items: settled(&all),
        })
    }

    /// Whether none of our tables is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The same tables with the counters left out, to compare with another read-back.
    #[must_use]
    pub fn without_counts(&self) -> Self {
        Self {
            items: self.items.clone(),
            counters: Counters::default(),
        }
    }

    /// The access whose name the tables carry; `None` when there is no such chain.
    #[must_use]
    pub fn named_access(&self) -> Option<Access> {
        [Access::Isolated, Access::Restricted]
            .into_iter()
            .find(|access| {
                let name = Some(access.name());
                self.items.iter().any(|item| {
                    let chain = item.get("chain");
                    chain
                        .and_then(|chain| chain.get("name"))
                        .and_then(Value::as_str)
                        == name
                })
            })
    }

    /// The same without the chains of devices that are not there any more: kernels since 6.16 keep
    /// them.
    #[must_use]
    pub fn on(mut self, links: &[Link]) -> Self {
        let is_there = |index| links.iter().any(|link| link.index == index);
        self.items.retain(|item| device(item).is_none_or(is_there));
        self
    }

    /// Compares with a plan.
    #[must_use]
    pub fn likeness(&self, ruleset: &Ruleset, ground: Ground<'_>) -> Likeness {
        let planned = settled(&render::tables(ruleset, ground));
        if self.items == planned {
            Likeness::Same
        } else if skeleton(&self.items) == skeleton(&planned) {
            Likeness::Reworded
        } else {
            Likeness::Different
        }
    }
}

/// The items of a listing, its header included.
///
/// # Errors
/// [`NftError::NotAListing`] when there is no list.
pub fn items(listing: Option<&Value>) -> Result<&[Value], NftError> {
    match listing {
        None => Ok(&[]),
        Some(listing) => listing
            .get("nftables")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .ok_or(NftError::NotAListing),
    }
}

fn settled(items: &[Value]) -> Vec<Value> {
    let mut settled: Vec<Value> = items
        .iter()
        .filter(|item| item.get("metainfo").is_none())
        .map(without_changing_parts)
        .collect();
    // Versions differ in whether rules come after all chains or each after its own; the order of
    // rules inside a chain is kept, since the sort is stable.
    settled.sort_by_cached_key(place);
    settled
}

fn without_changing_parts(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(body) = item
        .as_object_mut()
        .and_then(|object| object.values_mut().next())
    {
        if let Some(fields) = body.as_object_mut() {
            fields.remove("handle");
            // nft 1.0.6 leaves it out.
            fields.remove("dev");
        }
        if let Some(statements) = body.get_mut("expr").and_then(Value::as_array_mut) {
            for counter in statements
                .iter_mut()
                .filter_map(|one| one.get_mut("counter"))
            {
                *counter = json!({});
            }
        }
    }
    item
}

/// Kind, family and chain of an item; other kinds, which we never make, come last.
fn place(item: &Value) -> (u8, String, String) {
    let kinds = ["table", "chain", "rule"];
    let (rank, body) = kinds
        .iter()
        .zip(0_u8..)
        .find_map(|(kind, rank)| Some((rank, item.get(kind)?)))
        .unwrap_or((u8::MAX, item));
    let text = |key| {
        let value = body.get(key).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let name = if rank == 2 {
        text("chain")
    } else {
        text("name")
    };
    (rank, text("family"), name)
}

/// The device whose frames this chain, or the chain of this rule, holds.
fn device(item: &Value) -> Option<u32> {
    let (body, key) = match item.get("chain") {
        Some(chain) => (chain, "name"),
        None => (item.get("rule")?, "chain"),
    };
    let of_frames = body.get("family")?.as_str()? == render::FRAMES;
    let chain = body.get(key)?.as_str()?;
    render::device_of(chain).filter(|_| of_frames)
}

/// The items with the wording of each rule left out.
fn skeleton(items: &[Value]) -> Vec<Value> {
    let mut bones = items.to_vec();
    for item in &mut bones {
        if let Some(rule) = item.get_mut("rule").and_then(Value::as_object_mut) {
            rule.remove("expr");
        }
    }
    bones
}

fn packets(items: &[Value], comment: &str) -> u64 {
    items
        .iter()
        .filter_map(|item| item.get("rule"))
        .filter(|rule| rule.get("comment").and_then(Value::as_str) == Some(comment))
        .filter_map(|rule| rule.get("expr")?.as_array())
        .flatten()
        .filter_map(|statement| statement.get("counter")?.get("packets")?.as_u64())
        .next()
        .unwrap_or_default()
}
