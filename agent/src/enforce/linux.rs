//! The three verbs on Linux: what the kernel holds, put a ruleset in force, remove it.
//!
//! Touches the tables named [`render::TABLE`] in the families of [`render::FAMILIES`] of this network
//! namespace, through `nft`. Must never touch another table, and never leave a half-made one: every
//! change is one transaction.

mod flows;
pub mod links;
pub mod nft;
pub mod notices;
pub mod readback;
pub mod render;
pub mod watch;

use serde_json::{Value, json};

use crate::enforce::plan::Ruleset;
use links::Link;
use nft::NftError;
use readback::Applied;
use render::Ground;

/// How much of the traffic a kernel lets the rules see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Whether frames bridged through this machine, as those of virtual machines, are refused too.
    pub bridge: bool,
    /// Whether frames are refused by whichever device they leave.
    pub frames: bool,
}

impl Coverage {
    /// All that a kernel may let the rules see.
    pub const FULL: Self = Self {
        bridge: true,
        frames: true,
    };
    /// This machine's own packets and those it routes, which every kernel lets them see.
    const LEAST: Self = Self {
        bridge: false,
        frames: false,
    };
    /// What is tried before the least, the best first.
    const BETTER: [Self; 3] = [
        Self::FULL,
        Self {
            bridge: false,
            frames: true,
        },
        Self {
            bridge: true,
            frames: false,
        },
    ];

    /// The ground that the rules are laid on with these devices.
    #[must_use]
    pub const fn ground(self, links: &[Link]) -> Ground<'_> {
        Ground {
            bridge: self.bridge,
            links: if self.frames { Some(links) } else { None },
        }
    }
}

/// Rules that were put in force.
#[derive(Debug)]
pub struct Laid {
    /// What they cover.
    pub coverage: Coverage,
    /// The devices they were laid on.
    pub links: Vec<Link>,
    /// Why not everything; `None` when they do.
    pub lacking: Option<String>,
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

/// Puts a ruleset in force in one transaction, whatever was there before. Where the kernel refuses the
/// rules for bridges or for frames, the rest is put in force, and the coverage says so.
///
/// # Errors
/// [`NftError`] when it was refused; the kernel then holds what it held.
pub async fn apply(ruleset: &Ruleset) -> Result<Laid, NftError> {
    let mut lacking = None;
    // A device that goes while the rules are written makes the kernel refuse them all, so that the
    // best is tried twice.
    for coverage in [Coverage::FULL].into_iter().chain(Coverage::BETTER) {
        let why = match replacement(ruleset, coverage).await {
            Ok((commands, links)) => match nft::run(&commands).await {
                Ok(_) => {
                    return Ok(Laid {
                        coverage,
                        links,
                        lacking,
                    });
                }
                Err(error @ NftError::Refused { .. }) => error.to_string(),
                Err(error) => return Err(error),
            },
            Err(why) => why,
        };
        lacking = lacking.or(Some(why));
    }
    let coverage = Coverage::LEAST;
    let present = families_present().await?;
    nft::run(&render::replacement(
        ruleset,
        coverage.ground(&[]),
        &present,
    ))
    .await?;
    Ok(Laid {
        coverage,
        links: Vec::new(),
        lacking,
    })
}

/// Ends the connections that these rules silence, so that programs notice at once.
///
/// # Errors
/// Why that could not be done, in words.
pub async fn end_connections(ruleset: &Ruleset) -> Result<(), String> {
    let ended = flows::end(ruleset).await;
    let ended = ended.map_err(|error| flows::words(&error))?;
    tracing::debug!(ended, "connections that were open have been ended");
    Ok(())
}

/// Whether the kernel would now take rules that cover more than these do. Changes nothing.
pub async fn takes_more(ruleset: &Ruleset, than: Coverage) -> bool {
    let better = Coverage::BETTER.into_iter();
    for coverage in better.take_while(|better| *better != than) {
        if let Ok((commands, _)) = replacement(ruleset, coverage).await
            && nft::check(&commands).await.is_ok()
        {
            return true;
        }
    }
    false
}

/// The commands for the machine as it is now with its devices, or why they cannot be told.
async fn replacement(ruleset: &Ruleset, coverage: Coverage) -> Result<(Value, Vec<Link>), String> {
    let links = if coverage.frames {
        let links = links::list().await;
        links.map_err(|error| error.to_string())?
    } else {
        Vec::new()
    };
    // What is covered in full replaces every table there may be.
    let present = if coverage == Coverage::FULL {
        Vec::new()
    } else {
        let present = families_present().await;
        present.map_err(|error| error.to_string())?
    };
    let commands = render::replacement(ruleset, coverage.ground(&links), &present);
    Ok((commands, links))
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

/// The number of the user the agent runs as, whose traffic the rules tell from others'.
#[must_use]
pub fn own_user() -> Option<u32> {
    Some(nix::unistd::geteuid().as_raw())
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
