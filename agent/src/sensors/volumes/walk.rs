//! The walk from a file system down to the disks, over every leg.
//!
//! Touches nothing; walks the table of what was seen. Must never stop at the first leg, nor walk
//! deeper than its limit.

use std::collections::BTreeSet;

use sekisho_policy::facts::{Encryption, EncryptionKind, Evidence, PlainReason};
use sekisho_policy::limits::EVIDENCE_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::Seen;
use super::blocks::Block;
use super::combine::{Leg, State, combine};
use super::dm::Layer;
use super::kinds::Kind;
use super::mountinfo::Mount;
use crate::limits::{BLOCK_LAYERS_MAX, BLOCK_LEGS_MAX};

/// One walk: what it passed and where its legs ended.
pub(super) struct Walk<'a> {
    seen: &'a Seen,
    evidence: Vec<Evidence>,
    legs: Vec<Leg>,
    /// Devices between the start and where the walk stands.
    path: Vec<&'a str>,
    /// Devices whose legs are counted, with what they were reached through.
    done: BTreeSet<(&'a str, bool)>,
    removable: bool,
    /// What looks like encryption on the way down and is not.
    sham: Option<PlainReason>,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub(super) fn new(seen: &'a Seen) -> Self {
        Self {
            seen,
            evidence: Vec::new(),
            legs: Vec::new(),
            path: Vec::new(),
            done: BTreeSet::new(),
            removable: false,
            sham: None,
        }
    }

    /// Walks down from a mounted file system.
    pub(super) fn mount(&mut self, mount: &'a Mount) {
        match Kind::of(mount) {
            Kind::Block => match self.seen.blocks.numbered(&mount.device) {
                Some(block) => self.block(block),
                None => self.lost(format!("/sys/dev/block/{} is not there", mount.device)),
            },
            Kind::Btrfs => self.btrfs(mount),
            Kind::Zfs => self.zfs(mount),
            Kind::Overlay => match mount.super_option("upperdir") {
                Some(upper) => self.nested(upper),
                None => self.leg(&mount.source, State::Memory),
            },
            Kind::Memory => self.leg(&mount.source, State::Memory),
            Kind::Image if !mount.device.starts_with("0:") => {
                match self.seen.blocks.numbered(&mount.device) {
                    Some(block) => self.block(block),
                    None => self.lost(format!("/sys/dev/block/{} is not there", mount.device)),
                }
            }
            Kind::Network => self.cannot(mount, "it is not on this machine"),
            Kind::Image | Kind::Other if mount.filesystem == "bcachefs" => self.members(mount),
            Kind::Image | Kind::Other => self.cannot(mount, "nothing tells where its bytes end up"),
        }
    }

    /// Walks down from a block device by its kernel name.
    pub(super) fn device(&mut self, name: &str) {
        match self.seen.blocks.named(name) {
            Some(block) => self.block(block),
            None => self.lost(format!("no block device {name}")),
        }
    }

    /// Walks down from the file system on which a path lies.
    pub(super) fn path(&mut self, path: &str) {
        self.nested(path);
    }

    /// Puts down that the way ends nowhere.
    pub(super) fn lost(&mut self, what: String) {
        self.leg("", State::Unknown(Why::Unreadable(what)));
    }

    /// Puts a piece of evidence down, once.
    pub(super) fn note(&mut self, source: &str, value: String) {
        let evidence = Evidence::new(source, value);
        if self.evidence.len() < EVIDENCE_MAX && !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }

    /// What all legs say together.
    pub(super) fn encryption(&self) -> Reading<Encryption> {
        combine(&self.legs)
    }

    /// Whether any disk at the end of a leg can be carried away.
    pub(super) fn removable(&self) -> Reading<bool> {
        let unclear = self
            .legs
            .iter()
            .any(|leg| matches!(leg.state, State::Unknown(_)));
        match (self.removable, unclear) {
            (true, _) => Reading::Known(true),
            (false, false) => Reading::Known(false),
            (false, true) => {
                Reading::Unknown(Why::Unreadable("not every disk was found".to_owned()))
            }
        }
    }

    /// The size of the volume, by its block devices.
    pub(super) fn size_bytes(&self, mount: &Mount) -> Option<u64> {
        match Kind::of(mount) {
            Kind::Btrfs => self.btrfs_members(mount).and_then(|members| {
                members
                    .iter()
                    .map(|name| self.seen.blocks.named(name)?.size_bytes)
                    .try_fold(0_u64, |sum, size| Some(sum.saturating_add(size?)))
            }),
            Kind::Block | Kind::Image => self.seen.blocks.numbered(&mount.device)?.size_bytes,
            Kind::Zfs | Kind::Overlay | Kind::Memory | Kind::Network | Kind::Other => None,
        }
    }

    /// The evidence, in the order of the walk.
    pub(super) fn evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    /// The devices that were passed.
    pub(super) fn passed(&self) -> impl Iterator<Item = &'a str> {
        self.done.iter().map(|(name, _)| *name)
    }

    fn leg(&mut self, name: &str, state: State) {
        if self.legs.len() >= BLOCK_LEGS_MAX {
            return;
        }
        let full = self.legs.len().saturating_add(1) == BLOCK_LEGS_MAX;
        let state = if full {
            State::Unknown(Why::TooLarge(format!(
                "more legs than the limit of {BLOCK_LEGS_MAX}"
            )))
        } else {
            state
        };
        self.legs.push(Leg {
            name: name.to_owned(),
            state,
        });
    }

    fn cannot(&mut self, mount: &Mount, what: &str) {
        let why = format!("{} at {}: {what}", mount.filesystem, mount.point);
        self.leg(&mount.source, State::Unknown(Why::Unsupported(why)));
    }

    fn nested(&mut self, path: &str) {
        match self.seen.mounts.holding(path) {
            Some(mount) if self.path.len() < BLOCK_LAYERS_MAX => {
                self.note("mountinfo", format!("{path} lies on {}", mount.point));
                self.path.push(mount.point.as_str());
                self.mount(mount);
                self.path.pop();
            }
            Some(_) => self.too_deep(path),
            None => self.lost(format!("no mount holds {path}")),
        }
    }

    fn too_deep(&mut self, name: &str) {
        let why = format!("more layers than the limit of {BLOCK_LAYERS_MAX}, or a circle");
        self.leg(name, State::Unknown(Why::Unreadable(why)));
    }

    fn btrfs_members(&self, mount: &Mount) -> Option<&'a [String]> {
        let source = self.seen.blocks.at(&mount.source)?;
        self.seen
            .btrfs
            .values()
            .find(|members| members.contains(&source.name))
            .map(Vec::as_slice)
    }

    fn btrfs(&mut self, mount: &'a Mount) {
        let Some(members) = self.btrfs_members(mount) else {
            let what = format!("no btrfs in /sys/fs/btrfs has {} as member", mount.source);
            return self.lost(what);
        };
        self.note("/sys/fs/btrfs/*/devices", members.join(" "));
        for member in members {
            self.device(member);
        }
    }

    fn members(&mut self, mount: &'a Mount) {
        for member in mount.source.split(':') {
            match self.seen.blocks.at(member) {
                Some(block) => self.block(block),
                None => self.lost(format!("no block device for {member}")),
            }
        }
    }

    fn zfs(&mut self, mount: &Mount) {
        let state = match self.seen.zfs.get(&mount.source) {
            Some(Reading::Known(dataset)) => {
                self.note(
                    &format!("zfs get {}", mount.source),
                    format!(
                        "encryption {} keystatus {}",
                        dataset.encryption, dataset.keystatus
                    ),
                );
                dataset.state()
            }
            Some(Reading::Unknown(why)) => State::Unknown(why.clone()),
            Some(Reading::Absent) | None => State::Unknown(Why::NotAsked),
        };
        self.leg(&mount.source, state);
    }

    fn block(&mut self, block: &'a Block) {
        if self.path.contains(&block.name.as_str()) || self.path.len() >= BLOCK_LAYERS_MAX {
            return self.too_deep(&block.name);
        }
        if !self.done.insert((&block.name, self.sham.is_some())) {
            return;
        }
        self.path.push(&block.name);
        let sham = self.sham.clone();
        self.inside(block);
        self.sham = sham;
        self.path.pop();
    }

    fn inside(&mut self, block: &'a Block) {
        if let Some((name, uuid)) = &block.mapper {
            self.note(&format!("/sys/block/{}/dm/uuid", block.name), uuid.clone());
            match Layer::of(uuid) {
                Layer::Crypt(kind) => return self.crypt(block, name, kind),
                Layer::Integrity => self.sham = Some(PlainReason::IntegrityOnly),
                Layer::Opal => {
                    let why = format!("{name}: encrypted by the drive itself (OPAL), if at all");
                    return self.leg(&block.name, State::Unknown(Why::Unsupported(why)));
                }
                Layer::UnknownCrypt => {
                    let why = format!("{name}: {uuid} is of no known kind");
                    return self.leg(&block.name, State::Unknown(Why::Unsupported(why)));
                }
                Layer::Through => {}
            }
        }
        if let Some(disk) = &block.disk {
            self.device(disk);
        } else if let Some(file) = &block.backing_file {
            self.note(
                &format!("/sys/block/{}/loop/backing_file", block.name),
                file.clone(),
            );
            self.nested(file.trim_end_matches(" (deleted)"));
        } else if let Some(device) = &block.writeback {
            match self.seen.blocks.at(device) {
                Some(block) => self.block(block),
                None => self.lost(format!("no block device for {device}")),
            }
        } else if !block.slaves.is_empty() {
            self.note(
                &format!("/sys/block/{}/slaves", block.name),
                block.slaves.join(" "),
            );
            for slave in &block.slaves {
                self.device(slave);
            }
        } else {
            self.end(block);
        }
    }

    /// A dm-crypt layer ends the leg, unless its table shows that it does not encrypt all of it.
    fn crypt(&mut self, block: &'a Block, name: &str, kind: EncryptionKind) {
        let (segments, untold) = match &self.seen.tables {
            Reading::Known(tables) => (tables.get(name), "it has no table".to_owned()),
            Reading::Absent => (None, "nobody asked for it".to_owned()),
            Reading::Unknown(Why::NotPermitted(_)) => {
                (None, "cipher not readable without root".to_owned())
            }
            // An answer that was there and is lost may have said that nothing is encrypted.
            Reading::Unknown(why @ (Why::Unreadable(_) | Why::Unsupported(_))) => {
                let why = why.clone();
                self.note("dmsetup table", why.to_string());
                self.beneath(block);
                return self.leg(&block.name, State::Unknown(why));
            }
            Reading::Unknown(why) => (None, why.to_string()),
        };
        let Some(segments) = segments else {
            self.note("dmsetup table", untold);
            self.beneath(block);
            let state = if kind == EncryptionKind::Luks2 && self.is_reencrypted(block) {
                let why = format!("{name}: how far its encryption has come, without root");
                State::Unknown(Why::NotPermitted(why))
            } else {
                State::Encrypted(kind)
            };
            return self.leg(&block.name, state);
        };
        for segment in segments {
            let text = format!("{} {} {}", name, segment.target, segment.cipher);
            self.note("dmsetup table", text.trim_end().to_owned());
        }
        let null = segments
            .iter()
            .any(|segment| segment.cipher.contains("cipher_null"));
        let mixed = segments.iter().any(|segment| segment.target != "crypt");
        let sham = match (mixed, null) {
            (true, _) => PlainReason::UnderWay,
            (false, true) => PlainReason::CipherNull,
            (false, false) => {
                self.beneath(block);
                return self.leg(&block.name, State::Encrypted(kind));
            }
        };
        self.sham = Some(sham);
        for slave in &block.slaves {
            self.device(slave);
        }
    }

    /// Whether a LUKS2 device is being encrypted, decrypted or given another key: it then lies on helper
    /// devices, of which cryptsetup's dm-integrity is none.
    fn is_reencrypted(&self, block: &Block) -> bool {
        let below = |slave: &String| self.seen.blocks.named(slave)?.mapper.as_ref();
        block
            .slaves
            .iter()
            .filter_map(below)
            .any(|(name, uuid)| uuid.starts_with("CRYPT-SUBDEV-") && !name.ends_with("_dif"))
    }

    /// Looks at the disks below an encrypted layer: only to learn whether they can be carried away.
    fn beneath(&mut self, block: &'a Block) {
        let mut below = Walk::new(self.seen);
        below.path.clone_from(&self.path);
        for slave in &block.slaves {
            below.device(slave);
        }
        self.removable |= below.removable;
        for evidence in below.evidence {
            self.note(&evidence.source, evidence.value);
        }
        self.done.extend(below.done);
    }

    fn end(&mut self, block: &'a Block) {
        self.removable |= block.is_removable();
        self.note("/sys/dev/block", format!("{} {}", block.device, block.path));
        let state = if block.is_memory() {
            State::Memory
        } else if block.is_remote() {
            State::Unknown(Why::Unsupported(format!(
                "{}: the bytes lie on another machine",
                block.name
            )))
        } else {
            State::Plain(self.sham.clone().unwrap_or(PlainReason::NoEncryption))
        };
        self.leg(&block.name, state);
    }
}
