//! The three verbs on Linux: what the kernel holds, put a ruleset in force, remove it.
//!
//! Touches the tables named [`render::TABLE`] in the `inet` and `bridge` families of this network
//! namespace, through `nft`. Must never touch another table, and never leave a half-made one: every
//! change is one transaction.

pub mod netlink;
pub mod nft;
pub mod readback;
pub mod render;
pub mod watch;

use serde_json::{Value, json};

use crate::enforce::plan::Ruleset;
use nft::NftError;
use readback::Applied;

/// How much of the traffic a kernel lets the rules see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Whether frames bridged through this machine, as those of virtual machines, are refused too.
    pub bridge: bool,
}

/// Reads back what the kernel holds; without our tables it is [`Applied::default`].
///
/// # Errors
/// [`NftError`] when `nft` cannot be asked.
pub async fn actual() -> Result<Applied, NftError> {
    // One run for each family: nft 1.0.6 reads only the first table of two from the kernel.
    let listings = families_present().await?.into_iter().map(listing_of);
    match futures_util::future::try_join_all(listings).await {
        Ok(listings) => Applied::of(&listings),
        // Somebody may have removed a table in between; looking once more tells.
        Err(NftError::Refused { .. }) if families_present().await?.is_empty() => {
            Ok(Applied::default())
        }
        Err(error) => Err(error),
    }
}

/// Puts a ruleset in force in one transaction, whatever was there before. Where the kernel has no
/// tables for bridges, the rest is put in force, and the coverage says so.
///
/// # Errors
/// [`NftError`] when it was refused; the kernel then holds what it held.
pub async fn apply(ruleset: &Ruleset) -> Result<Coverage, NftError> {
    match nft::run(&render::replacement(ruleset, true)).await {
        Ok(_) => Ok(Coverage { bridge: true }),
        Err(refused @ NftError::Refused { .. }) => {
            match nft::run(&render::replacement(ruleset, false)).await {
                Ok(_) => Ok(Coverage { bridge: false }),
                Err(_) => Err(refused),
            }
        }
        Err(error) => Err(error),
    }
}

/// Removes our tables; that there are none is no error.
///
/// # Errors
/// [`NftError`] when it was refused.
pub async fn clear() -> Result<(), NftError> {
    let families = families_present().await?;
    if families.is_empty() {
        return Ok(());
    }
    nft::run(&render::removal(&families)).await.map(|_| ())
}

/// The kernel's name for this start of the system (`random(4)`), for [`super::term::Uptime`]; empty
/// when it cannot be read.
#[must_use]
pub fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

async fn listing_of(family: &'static str) -> Result<Option<Value>, NftError> {
    let table = json!({"table": {"family": family, "name": render::TABLE}});
    nft::run(&json!({"nftables": [{"list": table}]})).await
}

/// The families in which our table is there. Asked by listing all names: `nft` tells a missing
/// table from any other failure only by text.
async fn families_present() -> Result<Vec<&'static str>, NftError> {
    let listing = nft::run(&json!({"nftables": [{"list": {"tables": null}}]})).await?;
    let items = readback::items(listing.as_ref())?;
    let ours = |family: &&'static str| {
        items.iter().any(|item| {
            let table = item.get("table");
            let text = |key| {
                table
                    .and_then(|table| table.get(key))
                    .and_then(Value::as_str)
            };
            text("family") == Some(*family) && text("name") == Some(render::TABLE)
        })
    };
    Ok(render::FAMILIES.iter().copied().filter(ours).collect())
}
