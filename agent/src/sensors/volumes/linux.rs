//! Asks a Linux system for its mounts, block devices and what lies in them.
//!
//! Touches `/proc`, `/sys`, `/run/udev`, the first bytes of unused partitions where it may, and the
//! fixed tools `zfs` and `dmsetup`. Must never ask a mounted file system anything that could hang.

mod devices;

use std::collections::BTreeMap;
use std::path::Path;

use sekisho_policy::facts::Volume;
use sekisho_policy::reading::{Reading, Why};

use super::blocks::{Block, Blocks};
use super::dm::Layer;
use super::header::Header;
use super::kinds::Kind;
use super::mountinfo::Mounts;
use super::zfs::Dataset;
use super::{Seen, Segment, Swap, assemble, dm, mountinfo, swaps, unmounted};
use crate::ask::{self, AskError, Source};
use crate::limits::{
    BLOCK_DEVICES_MAX, CONFIG_BYTES_MAX, HEADER_BYTES, HOMES_MAX, MOUNTINFO_BYTES_MAX,
    TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX,
};
use crate::sensors::Root;

/// Reads every volume of the machine.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Volume>> {
    match see(root) {
        Ok(seen) => assemble(&seen),
        Err(why) => Reading::Unknown(why),
    }
}

fn see(root: &Root) -> Result<Seen, Why> {
    let mounts = mounts(root)?;
    let blocks = devices::read(root).map_err(|error| error.why())?;
    let zfs = datasets(root, &mounts);
    let fscrypt = encrypted_homes(root, &mounts);
    let mut seen = Seen {
        swaps: areas(root),
        btrfs: btrfs(root),
        tables: tables(root, &blocks),
        headers: BTreeMap::new(),
        mounts,
        blocks,
        zfs,
        fscrypt,
    };
    let headers = unmounted::idle(&seen)
        .into_iter()
        .filter(|block| {
            block
                .udev
                .as_ref()
                .is_none_or(|udev| udev.filesystem.is_none())
        })
        .map(|block| (block.name.clone(), header(root, &block.name)))
        .collect();
    seen.headers = headers;
    Ok(seen)
}

/// The mounts as the first process sees them: an agent in a sandbox of systemd has others.
fn mounts(root: &Root) -> Result<Mounts, Why> {
    let table = |process: &str| {
        let path = root.path(&format!("/proc/{process}/mountinfo"));
        path.read_reduced(MOUNTINFO_BYTES_MAX, mountinfo::only_what_is_read)
    };
    let bytes = match table("1") {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) | Err(_) => table("self"),
    };
    let bytes = bytes.map_err(|error| error.why())?;
    Mounts::parse(&bytes).map_err(|error| Why::Unreadable(error.to_string()))
}

fn areas(root: &Root) -> Reading<Vec<Swap>> {
    match ask::read_text(&root.path("/proc/swaps"), CONFIG_BYTES_MAX) {
        Ok(text) => match swaps::parse(&text) {
            Ok(areas) => Reading::Known(areas),
            Err(error) => Reading::Unknown(Why::Unreadable(error.to_string())),
        },
        Err(error) => error.reading(),
    }
}

fn btrfs(root: &Root) -> BTreeMap<String, Vec<String>> {
    // A system without btrfs has no such folder; one that cannot be read yields no members, and
    // a btrfs without members is unknown.
    let all = ask::list(&root.path("/sys/fs/btrfs"), BLOCK_DEVICES_MAX).unwrap_or_default();
    all.into_iter()
        .filter_map(|id| {
            let folder = root.path(&format!("/sys/fs/btrfs/{id}/devices"));
            let members = ask::list(&folder, BLOCK_DEVICES_MAX).ok()?;
            Some((id, members))
        })
        .collect()
}

/// The tables of the crypt targets; only root may ask for them.
fn tables(root: &Root, blocks: &Blocks) -> Reading<BTreeMap<String, Vec<Segment>>> {
    let crypt = |uuid: &str| matches!(Layer::of(uuid), Layer::Crypt(_));
    let asked = |block: &Block| block.mapper.as_ref().is_some_and(|(_, uuid)| crypt(uuid));
    if !blocks.all().any(asked) {
        return Reading::Absent;
    }
    let answer = root.answer("dmsetup-table", || {
        if !nix::unistd::Uid::effective().is_root() {
            return Err(AskError::NotPermitted("dmsetup table".into()));
        }
        let tool = ask::irreplaceable(ask::trusted(&["/usr/sbin/dmsetup", "/sbin/dmsetup"])?)?;
        let bytes = ask::run(&tool, &["table"], TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX)?;
        Ok(dm::only_what_is_read(&ask::into_text(bytes)).into_bytes())
    });
    match answer {
        Ok(bytes) => Reading::Known(dm::parse_tables(&ask::into_text(bytes))),
        // Where root has not asked, nobody has. A capture says so itself, or has lost the answer.
        Err(AskError::NotCaptured(_)) if root.index().is_none_or(|index| index.by_hand) => {
            Reading::Unknown(Why::NotPermitted("dmsetup table".to_owned()))
        }
        Err(error) => error.reading(),
    }
}

fn datasets(root: &Root, mounts: &Mounts) -> BTreeMap<String, Reading<Dataset>> {
    mounts
        .all()
        .iter()
        .filter(|mount| Kind::of(mount) == Kind::Zfs)
        .map(|mount| (mount.source.clone(), dataset(root, &mount.source)))
        .collect()
}

fn dataset(root: &Root, name: &str) -> Reading<Dataset> {
    let places = ["/usr/sbin/zfs", "/sbin/zfs", "/usr/local/sbin/zfs"];
    let is_there = places.iter().any(|place| root.path(place).exists());
    let question = [
        "get",
        "-Hp",
        "-o",
        "property,value",
        "encryption,keystatus",
        "--",
        name,
    ];
    if !is_there {
        return Reading::Unknown(Why::ToolMissing("/usr/sbin/zfs".to_owned()));
    }
    let asked = || {
        // /usr/local/sbin is the staff's on Debian.
        let tool = ask::irreplaceable(ask::trusted(&places)?)?;
        ask::run(&tool, &question, TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX)
    };
    match root.answer(&format!("zfs-{}", name.replace('/', ":")), asked) {
        Ok(bytes) => {
            let text = ask::into_text(bytes);
            Dataset::parse(&text).map_or_else(
                || Reading::Unknown(Why::Unreadable(format!("zfs get {name}: {text:?}"))),
                Reading::Known,
            )
        }
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// The home folders that fscrypt encrypts, on file systems that can do so and are on this machine.
fn encrypted_homes(root: &Root, mounts: &Mounts) -> Vec<String> {
    let able = |path: &str| {
        mounts
            .holding(path)
            .is_some_and(|mount| matches!(mount.filesystem.as_str(), "ext4" | "f2fs" | "ubifs"))
    };
    if !able("/home") {
        return Vec::new();
    }
    let encrypted = root.answer("fscrypt", || {
        let homes = ask::list(Path::new("/home"), HOMES_MAX).unwrap_or_default();
        let homes = homes.into_iter().map(|user| format!("/home/{user}"));
        let encrypted = homes.filter(|home| able(home) && is_fscrypt(Path::new(home)));
        Ok(encrypted.collect::<Vec<_>>().join("\n").into_bytes())
    });
    let encrypted = encrypted.map(ask::into_text).unwrap_or_default();
    encrypted.lines().map(str::to_owned).collect()
}

fn is_fscrypt(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let flags = AtFlags::NO_AUTOMOUNT | AtFlags::SYMLINK_NOFOLLOW | AtFlags::STATX_DONT_SYNC;
    statx(CWD, path, flags, StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::ENCRYPTED))
}

fn header(root: &Root, name: &str) -> Reading<Header> {
    let device = name.replace('!', "/");
    let begin = root.derived(&format!("header-{name}"), |root| {
        Ok(Header::only_what_is_read(&begin_of(root, &device)?))
    });
    match begin {
        Ok(bytes) => Reading::Known(Header::of(&bytes)),
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn begin_of(root: &Root, device: &str) -> Result<Vec<u8>, AskError> {
    use std::io::Read;
    let path = root.path(&format!("/dev/{device}"));
    let fail = |source| AskError::from_io(path.name(), source);
    // The kernel has told of it: where the node is missing it is kept from this program, which has a
    // /dev of its own under systemd (PrivateDevices).
    let hidden = |source: std::io::Error| match source.kind() == std::io::ErrorKind::NotFound {
        true => AskError::NotPermitted(path.name().to_owned()),
        false => fail(source),
    };
    // Of the running system it is a device; in a folder it must be a plain file.
    let begin: Box<dyn Read> = match root.is_live() {
        true => Box::new(std::fs::File::open(path.name()).map_err(hidden)?),
        false => Box::new(ask::open(&path)?),
    };
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    let limit = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
    begin.take(limit).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_kept_from_this_program_may_not_be_read() {
        let seen = header(&Root::live(), "no-such-disk");
        assert!(matches!(seen, Reading::Unknown(Why::NotPermitted(_))));
    }
}
