//! Asks sysfs and udev for every block device.
//!
//! Touches `/sys/dev/block` and `/run/udev/data`. Must never open a device.

use std::path::Path;

use super::super::blocks::{Block, Blocks, Udev};
use crate::ask::{self, AskError};
use crate::limits::{BLOCK_DEVICES_MAX, CONFIG_BYTES_MAX};
use crate::sensors::Root;

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
fn device(root: &Root, link: &Path, number: String) -> Result<Option<Block>, AskError> {
    let path = match std::fs::canonicalize(link) {
        Ok(path) => path,
        Err(error) => {
            let error = AskError::from_io(link, error);
            return if matches!(error, AskError::Missing(_)) {
                Ok(None)
            } else {
                Err(error)
            };
        }
    };
    let name = file_name(&path);
    let disk = is_there(&path.join("partition"))?
        .then(|| path.parent().map(file_name))
        .flatten();
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
        path: root.name_of(&path),
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
    let record = ask::read_text(&path, CONFIG_BYTES_MAX).ok()?;
    Some(Udev::parse(&record))
}

/// A file of sysfs; `None` where the device has no such file. Any other error must not pass for that.
fn optional(path: &Path) -> Result<Option<String>, AskError> {
    match ask::read_line(path) {
        Ok(text) => Ok(Some(text)),
        Err(AskError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_there(path: &Path) -> Result<bool, AskError> {
    path.try_exists()
        .map_err(|error| AskError::from_io(path, error))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
