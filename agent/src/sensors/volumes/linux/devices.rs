//! Asks sysfs and udev for every block device.
//!
//! Touches `/sys/dev/block` and `/run/udev/data`. Must never open a device.

use super::super::blocks::{Block, Blocks, Udev};
use crate::ask::{self, AskError, Source};
use crate::limits::{BLOCK_DEVICES_MAX, CONFIG_BYTES_MAX};
use crate::sensors::{Root, SystemPath};

/// Bytes of a sector in sysfs, whatever the drive's own are (kernel, Documentation/ABI/stable/sysfs-block).
const SECTOR_BYTES: u64 = 512;

/// Reads the table of block devices.
pub(super) fn read(root: &Root) -> Result<Blocks, AskError> {
    let folder = root.path("/sys/dev/block");
    let numbers = ask::list(&folder, BLOCK_DEVICES_MAX)?;
    let blocks = numbers
        .into_iter()
        .filter_map(|number| device(root, &folder.join(&number), number).transpose());
    Ok(Blocks::new(blocks.collect::<Result<Vec<_>, _>>()?))
}

/// One device; `None` when it went away meanwhile.
fn device(root: &Root, link: &SystemPath, number: String) -> Result<Option<Block>, AskError> {
    let path = match link.canonical() {
        Ok(path) => path,
        Err(AskError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = path.file_name();
    let disk = match path.join("partition").try_exists()? {
        true => path.parent().map(|parent| parent.file_name()),
        false => None,
    };
    let mapper = match optional(&path.join("dm/uuid"))? {
        Some(uuid) => Some((optional(&path.join("dm/name"))?.unwrap_or_default(), uuid)),
        None => None,
    };
    let slaves = match ask::list(&path.join("slaves"), BLOCK_DEVICES_MAX) {
        Ok(slaves) => slaves,
        Err(AskError::Missing(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let size = optional(&path.join("size"))?.and_then(|sectors| sectors.parse::<u64>().ok());
    let card = optional(&path.join("device/type"))?.is_some_and(|kind| kind == "SD");
    let writeback = optional(&path.join("backing_dev"))?.filter(|device| device != "none");
    Ok(Some(Block {
        path: path.name().display().to_string(),
        disk,
        mapper,
        backing_file: optional(&path.join("loop/backing_file"))?,
        writeback,
        slaves,
        size_bytes: size.map(|sectors| sectors.saturating_mul(SECTOR_BYTES)),
        removable: card || optional(&path.join("removable"))?.is_some_and(|flag| flag == "1"),
        udev: udev(root, &number),
        device: number,
        name,
    }))
}

fn udev(root: &Root, number: &str) -> Option<Udev> {
    let path = root.path(&format!("/run/udev/data/b{number}"));
    // Without a record the device is judged without one; it is a help and no proof.
    let record = path.read_reduced(CONFIG_BYTES_MAX, Udev::only_what_is_read);
    Some(Udev::parse(&ask::into_text(record.ok()?)))
}

/// A file of sysfs; `None` where the device has no such file. Any other error must not pass for that.
fn optional(path: &SystemPath) -> Result<Option<String>, AskError> {
    match ask::read_line(path) {
        Ok(text) => Ok(Some(text)),
        Err(AskError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
