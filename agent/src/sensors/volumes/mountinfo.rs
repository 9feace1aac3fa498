//! The table of mounts: `/proc/PID/mountinfo` as proc_pid_mountinfo(5) describes it.
//!
//! Touches nothing. Must never ask a file system anything: a dead one would not answer.

use sekisho_policy::limits::TEXT_BYTES_MAX;
use thiserror::Error;

use crate::ask::into_text;

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// `major:minor` of the file system.
    pub(super) device: String,
    /// Where it is mounted.
    pub(super) point: String,
    /// Options of this mount, such as `rw,relatime`.
    pub(super) options: String,
    /// The file system type.
    pub(super) filesystem: String,
    /// The source, such as `/dev/mapper/root`.
    pub(super) source: String,
    /// Options of the file system.
    pub(super) super_options: String,
}

/// All mounts, in the order they were made.
#[derive(Debug, Clone, Default)]
pub(super) struct Mounts(Vec<Mount>);

/// A table of mounts that is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum MountinfoError {
    /// A line lacks a field.
    #[error("mountinfo line {line} has no {field}")]
    NoField {
        /// Counted from 1.
        line: usize,
        /// What is missing.
        field: &'static str,
    },
    /// A field is longer than any path can be.
    #[error("mountinfo line {line} has a field of more than the limit of {TEXT_BYTES_MAX} bytes")]
    TooLong {
        /// Counted from 1.
        line: usize,
    },
}

impl Mount {
    /// Whether nothing can be written through it.
    pub(super) fn is_read_only(&self) -> bool {
        let has = |options: &str| options.split(',').any(|option| option == "ro");
        has(&self.options) || has(&self.super_options)
    }

    /// The value of an option of the file system.
    pub(super) fn super_option(&self, name: &str) -> Option<&str> {
        self.super_options
            .split(',')
            .find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    fn holds(&self, path: &str) -> bool {
        match path.strip_prefix(self.point.trim_end_matches('/')) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }
}

impl Mounts {
    /// Reads the table.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MountinfoError> {
        bytes
            .split(|&byte| byte == b'\n')
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|(at, line)| parse_line(line, at.saturating_add(1)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Every mount, in the order they were made.
    pub(super) fn all(&self) -> &[Mount] {
        &self.0
    }

    /// The mount on which a path lies: the deepest one, the latest where several lie on one another.
    pub(super) fn holding(&self, path: &str) -> Option<&Mount> {
        self.0
            .iter()
            .filter(|mount| mount.holds(path))
            .max_by_key(|mount| mount.point.len())
    }
}

/// The table with those options of file systems alone that are read: others name servers' users and more.
pub(super) fn only_what_is_read(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|&byte| byte == b'\n').map(|line| {
        let Some(space) = line.iter().rposition(|&byte| byte == b' ') else {
            return line.to_vec();
        };
        let (before, options) = line.split_at(space.saturating_add(1));
        let options = options.trim_ascii_end().split(|&byte| byte == b',');
        let read = options.filter(|option| {
            [&b"ro"[..], b"rw"].contains(option) || option.starts_with(b"upperdir=")
        });
        [before, &read.collect::<Vec<_>>().join(&b','), b"\n"].concat()
    });
    lines.flatten().collect()
}

fn parse_line(line: &[u8], number: usize) -> Result<Mount, MountinfoError> {
    let mut fields = line.split(|&byte| byte == b' ');
    let mut next = |field| {
        let raw = fields.next().ok_or(MountinfoError::NoField {
            line: number,
            field,
        })?;
        // Overlays of container images list dozens of layers in their options.
        if field != "super options" && raw.len() > 4 * TEXT_BYTES_MAX {
            return Err(MountinfoError::TooLong { line: number });
        }
        Ok(raw)
    };
    next("mount id")?;
    next("parent id")?;
    let device = next("device")?;
    next("root")?;
    let point = next("mount point")?;
    let options = next("options")?;
    while next("separator")? != b"-" {}
    let filesystem = next("file system type")?;
    let source = next("source")?;
    let super_options = next("super options")?;
    let mount = Mount {
        device: unescape(device),
        point: unescape(point),
        options: unescape(options),
        filesystem: unescape(filesystem),
        source: unescape(source),
        super_options: unescape(super_options),
    };
    if mount.point.len() > TEXT_BYTES_MAX || mount.source.len() > TEXT_BYTES_MAX {
        return Err(MountinfoError::TooLong { line: number });
    }
    Ok(mount)
}

/// Turns `\040` and its like back into the byte they stand for.
pub(super) fn unescape(raw: &[u8]) -> String {
    if !raw.contains(&b'\\') {
        return into_text(raw.to_owned());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, after)) = rest.split_first() {
        match (first, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', left @ ..]) => {
                bytes.push(((a & 3) << 6) | ((b & 7) << 3) | (c & 7));
                rest = left;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    into_text(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"36 35 98:0 /mnt1 /mnt/my\\040disk rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n";

    #[test]
    fn a_line_with_optional_fields_and_a_space_in_its_path_is_read() {
        let mounts = Mounts::parse(LINE).unwrap();
        let mount = &mounts.all()[0];
        assert_eq!(mount.device, "98:0");
        assert_eq!(mount.point, "/mnt/my disk");
        assert_eq!(mount.filesystem, "ext3");
        assert_eq!(mount.source, "/dev/root");
        assert_eq!(mount.super_option("errors"), Some("continue"));
    }

    #[test]
    fn a_cut_line_is_an_error_that_names_the_line() {
        let mut bytes = LINE.to_vec();
        bytes.extend_from_slice(&LINE[..60]);
        let error = Mounts::parse(&bytes).unwrap_err();
        assert_eq!(error.to_string(), "mountinfo line 2 has no separator");
    }

    #[test]
    fn a_path_lies_on_the_deepest_and_latest_mount() {
        let table = b"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /home rw - ext4 /dev/b rw\n3 1 8:3 / /home rw - ext4 /dev/c rw\n";
        let mounts = Mounts::parse(table).unwrap();
        assert_eq!(mounts.holding("/home/x").unwrap().device, "8:3");
        assert_eq!(mounts.holding("/homestead").unwrap().device, "8:1");
        assert_eq!(mounts.holding("/").unwrap().device, "8:1");
    }

    #[test]
    fn the_real_table_of_this_machine_is_read() {
        let mounts = Mounts::parse(&std::fs::read("/proc/self/mountinfo").unwrap()).unwrap();
        assert_eq!(mounts.holding("/").unwrap().point, "/");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = Mounts::parse(&bytes);
            let _ = unescape(&bytes);
        }

        #[test]
        fn any_line_of_fields_is_read_without_a_panic(fields in proptest::collection::vec("[ -~]{0,6}", 0..14)) {
            let _ = Mounts::parse(fields.join(" ").as_bytes());
        }
    }
}
