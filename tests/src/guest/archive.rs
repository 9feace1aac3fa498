//! An archive in the format "newc" of cpio, which the kernel unpacks at its start
//! (<https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>).
//!
//! Touches bytes in memory.

use std::collections::BTreeSet;

/// An archive that is being filled.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    paths: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    pub(super) fn folder(&mut self, path: &str) {
        if self.is_new(path) {
            self.entry(path, 0o040_755, &[]);
        }
    }

    /// A file that may be executed, with the folders above it. The first of a name stays.
    pub(super) fn file(&mut self, path: &str, content: &[u8]) {
        self.folders_above(path);
        if self.is_new(path) {
            self.entry(path, 0o100_755, content);
        }
    }

    pub(super) fn link(&mut self, path: &str, to: &str) {
        self.folders_above(path);
        if self.is_new(path) {
            self.entry(path, 0o120_777, to.as_bytes());
        }
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn folders_above(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            self.folder(path.get(..at).unwrap_or_default());
        }
    }

    fn is_new(&mut self, path: &str) -> bool {
        self.paths.insert(path.to_owned())
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries = self.entries.saturating_add(1);
        let number = self.entries;
        let size = content.len();
        let name = path.len() + 1;
        // Number, mode, owner, group, links, time, size, two devices of two numbers, name, checksum.
        let header = format!(
            "070701{number:08x}{mode:08x}{0:08x}{0:08x}{1:08x}{0:08x}{size:08x}{0:08x}{0:08x}{0:08x}{0:08x}{name:08x}{0:08x}",
            0, 1
        );
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }
}
