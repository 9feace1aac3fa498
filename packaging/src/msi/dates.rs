//! What a package says of when it was made, and its own code: the packer takes the clock and the dice for both.
//!
//! Touches the package. Must never change anything of which it does not know what it is.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::packages::Epoch;
use crate::step;

/// `VT_FILETIME`, before each time of the summary (MS-OLEPS 2.15).
const TIME: [u8; 4] = [0x40, 0, 0, 0];
/// Bytes before and behind the code in which the times lie: the summary is one small stream.
const NEAR: usize = 1024;
/// Hundreds of nanoseconds from 1601 to the years 2000 and 2100, between which the clock of a packer is.
const PLAUSIBLE: std::ops::Range<u64> = 125_911_584_000_000_000..157_469_184_000_000_000;

/// Puts this code and this moment in place of those that the packer has drawn.
pub(super) fn settle(msi: &Path, code: &str, epoch: &Epoch) -> Result<()> {
    let summary = step::output(Command::new("msiinfo").arg("suminfo").arg(msi))?;
    let drawn = summary.split_once('{').and_then(|(_, rest)| rest.get(..37));
    let drawn = drawn.context("the package has no code of its own")?;
    let drawn = format!("{{{drawn}");
    let mut bytes = fs::read(msi)?;
    replace(
        &mut bytes,
        drawn.as_bytes(),
        code.as_bytes(),
        epoch.filetime()?,
    )?;
    fs::write(msi, bytes)?;
    Ok(())
}

fn replace(bytes: &mut [u8], drawn: &[u8], code: &[u8], moment: u64) -> Result<()> {
    ensure!(drawn.len() == code.len(), "the code is {drawn:?}");
    let found: Vec<usize> = places(bytes, drawn).collect();
    let [at] = found[..] else {
        anyhow::bail!("the package's code stands {} times in it", found.len());
    };
    let end = at.saturating_add(code.len());
    bytes
        .get_mut(at..end)
        .context("the code")?
        .copy_from_slice(code);
    let near = at.saturating_sub(NEAR)..bytes.len().min(end.saturating_add(NEAR));
    let near = bytes.get_mut(near).context("the summary")?;
    let times: Vec<usize> = places(near, &TIME)
        .map(|at| at.saturating_add(TIME.len()))
        .filter(|at| {
            let time = near.get(*at..).and_then(<[u8]>::first_chunk);
            time.is_some_and(|time| PLAUSIBLE.contains(&u64::from_le_bytes(*time)))
        })
        .collect();
    ensure!(
        times.len() == 2,
        "the package has {} times, and not two",
        times.len()
    );
    for at in times {
        let place = near.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        *place.context("a time")? = moment.to_le_bytes();
    }
    Ok(())
}

fn places<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> {
    let windows = bytes.windows(what.len()).enumerate();
    windows
        .filter(move |(_, here)| *here == what)
        .map(|(at, _)| at)
}
