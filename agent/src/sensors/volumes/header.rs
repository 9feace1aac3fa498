//! What the first bytes of a partition say it holds.
//!
//! Touches nothing. Must never take random-looking bytes for encryption.

/// What stands at the start of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// LUKS of this version.
    Luks(u16),
    /// BitLocker; whether its protection is on cannot be seen from here.
    BitLocker,
    /// A file system or swap area whose data is there in the clear.
    Plain(&'static str),
    /// It carries other volumes: a member of LVM, RAID or a ZFS pool.
    Member(&'static str),
    /// Nothing but zeros.
    Blank,
    /// Nothing that is known.
    Unrecognized,
}

/// Magic numbers of what is not LUKS: offset, bytes, and what they stand for. From the on-disk
/// formats of each: ext4 `s_magic`, XFS `XFSB`, btrfs, f2fs, swap, NTFS, FAT, exFAT, LVM2.
const MAGICS: &[(usize, &[u8], Header)] = &[
    (3, b"-FVE-FS-", Header::BitLocker),
    (3, b"NTFS    ", Header::Plain("ntfs")),
    (3, b"EXFAT   ", Header::Plain("exfat")),
    (82, b"FAT32   ", Header::Plain("vfat")),
    (54, b"FAT1", Header::Plain("vfat")),
    (0, b"XFSB", Header::Plain("xfs")),
    (1024, b"\x10\x20\xf5\xf2", Header::Plain("f2fs")),
    (1080, b"\x53\xef", Header::Plain("ext4")),
    (4086, b"SWAPSPACE2", Header::Plain("swap")),
    (65_600, b"_BHRfS_M", Header::Plain("btrfs")),
    (512, b"LABELONE", Header::Member("LVM2_member")),
    (
        4096,
        b"\xfc\x4e\x2b\xa9",
        Header::Member("linux_raid_member"),
    ),
    (0, b"\xfc\x4e\x2b\xa9", Header::Member("linux_raid_member")),
];

/// Bytes of LUKS's magic number and version.
const LUKS_BYTES: usize = 8;

impl Header {
    /// Reads the first bytes of a device.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if let Some(version) = luks_version(bytes) {
            return Self::Luks(version);
        }
        let stands =
            |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
        let known = MAGICS.iter().find(|(at, magic, _)| stands(*at, magic));
        match known {
            Some((_, _, header)) => *header,
            None if bytes.iter().all(|&byte| byte == 0) => Self::Blank,
            None => Self::Unrecognized,
        }
    }

    /// The bytes that are looked at, all others zero: behind the magic number of LUKS lie its keys, and
    /// behind that of a file system its data. One other byte stays, so that what is not blank does not
    /// become so.
    pub(super) fn only_what_is_read(bytes: &[u8]) -> Vec<u8> {
        let magics = MAGICS.iter().map(|(at, magic, _)| (*at, magic.len()));
        let mut kept = vec![0; bytes.len()];
        for (at, length) in magics.chain([(0, LUKS_BYTES)]) {
            let place = at..at.saturating_add(length).min(bytes.len());
            if let (Some(to), Some(from)) = (kept.get_mut(place.clone()), bytes.get(place)) {
                to.copy_from_slice(from);
            }
        }
        let lost = bytes.iter().any(|&byte| byte != 0) && kept.iter().all(|&byte| byte == 0);
        if let (true, Some(last)) = (lost, kept.last_mut()) {
            *last = 1;
        }
        kept
    }

    /// What blkid, as udev keeps it, took the device for.
    pub(super) fn named(kind: &str, version: Option<&str>) -> Self {
        match kind {
            // A record without a version is of neither kind that is known to hold.
            "crypto_LUKS" => Self::Luks(version.and_then(|text| text.parse().ok()).unwrap_or(0)),
            "BitLocker" => Self::BitLocker,
            "LVM2_member" => Self::Member("LVM2_member"),
            "linux_raid_member" => Self::Member("linux_raid_member"),
            "zfs_member" => Self::Member("zfs_member"),
            "bcache" => Self::Member("bcache"),
            _ => Self::Plain(""),
        }
    }
}

/// The version of a LUKS header: magic and big-endian u16 (LUKS1 and LUKS2 on-disk format
/// specifications).
fn luks_version(bytes: &[u8]) -> Option<u16> {
    match bytes.strip_prefix(b"LUKS\xba\xbe")? {
        [high, low, ..] => match u16::from_be_bytes([*high, *low]) {
            version @ (1 | 2) => Some(version),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> Vec<u8> {
        let path = format!("{}/testdata/headers/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    }

    #[track_caller]
    fn check(name: &str, header: Header) {
        assert_eq!(Header::of(&sample(name)), header, "{name}");
    }

    #[test]
    fn real_headers_are_recognized() {
        check("luks1.bin", Header::Luks(1));
        check("luks2.bin", Header::Luks(2));
        check("ext4.bin", Header::Plain("ext4"));
        check("swap.bin", Header::Plain("swap"));
    }

    #[test]
    fn noise_is_not_taken_for_encryption() {
        let noise: Vec<u8> = (0..70_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(Header::of(&noise), Header::Unrecognized);
        assert_eq!(Header::of(&[0; 70_000]), Header::Blank);
        assert_eq!(Header::of(b"LUKS\xba\xbe\x00\x09"), Header::Unrecognized);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = Header::of(&bytes);
        }
    }
}
