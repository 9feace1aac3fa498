//! A part of the registry as a file: that of a user who is logged out (`NTUSER.DAT`).
//!
//! Touches the bytes it is given, which their user may have written. Must never write, nor read more than its limits
//! allow whatever a length or a place in the file says.
//!
//! The format has no document of its maker's. A base block of 4096 bytes is followed by cells, each after its length;
//! a cell is named by its distance from the end of the base block. Keys (`nk`) name a list of keys (`lf`, `lh`, `li`, or
//! `ri` for a list of lists) and a list of values (`vk`).

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use thiserror::Error;

use super::registry::{KEYS_MAX, Key, VALUE_BYTES_MAX, Value};

/// Bytes of the base block, before the first cell.
const BASE_BYTES: usize = 4096;
/// Bytes of one cell that are read: a list of as many keys as are taken.
const CELL_BYTES_MAX: usize = KEYS_MAX * 8 + 8;
/// Cells that are read of one file.
pub const CELLS_MAX: u32 = 200_000;
/// Values of one key that are looked through.
const VALUES_MAX: usize = 4096;
/// What stands for a place where nothing is.
const NOWHERE: u32 = u32::MAX;
/// A value of more lies in several cells.
const IN_ONE_CELL_MAX: usize = 16_344;

/// Why a file tells nothing.
#[derive(Debug, Error)]
pub enum HiveError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] std::io::Error),
    /// It is not what it should be.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// There is more than is taken.
    #[error("it holds more than is taken: {0}")]
    TooLarge(&'static str),
}

/// An open file.
#[derive(Debug)]
pub struct Hive<R> {
    from: R,
    /// Bytes behind the base block.
    bytes: u32,
    root: u32,
    is_stale: bool,
    cells_left: u32,
}

/// A key, as its cell tells it.
#[derive(Debug)]
struct Node {
    name: String,
    keys: (u32, u32),
    values: (u32, u32),
}

impl<R: Read + Seek> Hive<R> {
    /// Reads the base block.
    ///
    /// # Errors
    /// [`HiveError`] when it is none.
    pub fn open(from: R) -> Result<Self, HiveError> {
        let mut hive = Self {
            from,
            bytes: 0,
            root: 0,
            is_stale: false,
            cells_left: CELLS_MAX,
        };
        let base = hive.at(0, BASE_BYTES)?;
        if base.get(..4) != Some(b"regf") {
            return Err(HiveError::Damaged("it does not begin with regf"));
        }
        if number(&base, 20)? != 1 {
            return Err(HiveError::Damaged("it is of another version"));
        }
        if checksum(&base)? != number(&base, 508)? {
            return Err(HiveError::Damaged("the base block has another checksum"));
        }
        hive.is_stale = number(&base, 4)? != number(&base, 8)?;
        hive.root = number(&base, 36)?;
        hive.bytes = number(&base, 40)?;
        Ok(hive)
    }

    /// Whether some of what was changed last is in a log beside the file: the machine went down meanwhile.
    pub const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// The keys right below this one, with these of their values; `None` where there is no such key. `room` is what may be
    /// taken, and is lessened by it.
    ///
    /// # Errors
    /// [`HiveError`] when a part of them cannot be read.
    pub fn below(
        &mut self,
        path: &str,
        values: &[&str],
        room: &mut usize,
    ) -> Result<Option<Key>, HiveError> {
        let mut node = self.node(self.root)?;
        for step in path.split('\\') {
            match self.child(&node, step)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        let mut found = Key::default();
        for place in self.places(&node)? {
            let left = room.checked_sub(1);
            *room = left.ok_or(HiveError::TooLarge("keys"))?;
            let child = self.node(place)?;
            let key = Key {
                values: self.values(&child, values)?,
                ..Key::default()
            };
            found.keys.insert(child.name, key);
        }
        Ok(Some(found))
    }

    fn child(&mut self, node: &Node, name: &str) -> Result<Option<Node>, HiveError> {
        for place in self.places(node)? {
            let child = self.node(place)?;
            if child.name.eq_ignore_ascii_case(name) {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }

    fn node(&mut self, place: u32) -> Result<Node, HiveError> {
        let cell = self.cell(place)?;
        if cell.get(..2) != Some(b"nk") {
            return Err(HiveError::Damaged("where a key should be is none"));
        }
        let name = tail(&cell, 76, short(&cell, 72)?)?;
        Ok(Node {
            name: named(name, short(&cell, 2)? & 0x20 != 0),
            keys: (number(&cell, 20)?, number(&cell, 28)?),
            values: (number(&cell, 36)?, number(&cell, 40)?),
        })
    }

    /// Where the keys below this one are.
    fn places(&mut self, node: &Node) -> Result<Vec<u32>, HiveError> {
        let (count, list) = node.keys;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > KEYS_MAX {
            return Err(HiveError::TooLarge("keys below one"));
        }
        let cell = self.cell(list)?;
        let places = match cell.get(..2) {
            Some(b"ri") => {
                let mut places = Vec::new();
                for list in entries(&cell, 4)? {
                    let list = self.cell(list)?;
                    places.extend(listed(&list)?);
                    if places.len() > count {
                        break;
                    }
                }
                places
            }
            _ => listed(&cell)?,
        };
        if places.len() != count {
            return Err(HiveError::Damaged("a list of keys has another length"));
        }
        Ok(places)
    }

    fn values(
        &mut self,
        node: &Node,
        wanted: &[&str],
    ) -> Result<BTreeMap<String, Value>, HiveError> {
        let mut values = BTreeMap::new();
        let (count, list) = node.values;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count == 0 || list == NOWHERE {
            return Ok(values);
        }
        if count > VALUES_MAX {
            return Err(HiveError::TooLarge("values of a key"));
        }
        let list = self.cell(list)?;
        for index in 0..count {
            let cell = self.cell(number(&list, index * 4)?)?;
            if cell.get(..2) != Some(b"vk") {
                return Err(HiveError::Damaged("where a value should be is none"));
            }
            let name = tail(&cell, 20, short(&cell, 2)?)?;
            let name = named(name, short(&cell, 16)? & 1 != 0);
            let taken = wanted.iter().find(|one| one.eq_ignore_ascii_case(&name));
            if let Some(taken) = taken {
                let data = self.data(&cell)?;
                let value = Value::of(number(&cell, 12)?, &data);
                values.insert((*taken).to_owned(), value);
            }
        }
        Ok(values)
    }

    fn data(&mut self, cell: &[u8]) -> Result<Vec<u8>, HiveError> {
        let told = number(cell, 4)?;
        let bytes = usize::try_from(told & 0x7fff_ffff).unwrap_or(usize::MAX);
        // Up to four bytes are where else the place of them is.
        if told >> 31 == 1 {
            return Ok(tail(cell, 8, bytes.min(4))?.to_vec());
        }
        if bytes > VALUE_BYTES_MAX.min(IN_ONE_CELL_MAX) {
            return Err(HiveError::TooLarge("a value"));
        }
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let data = self.cell(number(cell, 8)?)?;
        Ok(tail(&data, 0, bytes)?.to_vec())
    }

    /// What is in a cell.
    fn cell(&mut self, place: u32) -> Result<Vec<u8>, HiveError> {
        let left = self.cells_left.checked_sub(1);
        self.cells_left = left.ok_or(HiveError::TooLarge("cells"))?;
        if place >= self.bytes {
            return Err(HiveError::Damaged("a cell is behind the end"));
        }
        let start = u64::from(place) + u64::try_from(BASE_BYTES).unwrap_or(0);
        let length = number(&self.at(start, 4)?, 0)?.cast_signed();
        // The length counts itself, and is negative while the cell is in use.
        let bytes = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
        let Some(bytes) = bytes.checked_sub(4).filter(|_| length < 0) else {
            return Err(HiveError::Damaged("a cell is not in use"));
        };
        if bytes > CELL_BYTES_MAX {
            return Err(HiveError::TooLarge("a cell"));
        }
        self.at(start + 4, bytes)
    }

    fn at(&mut self, place: u64, bytes: usize) -> Result<Vec<u8>, HiveError> {
        let mut read = vec![0; bytes];
        self.from.seek(SeekFrom::Start(place))?;
        match self.from.read_exact(&mut read) {
            Ok(()) => Ok(read),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(HiveError::Damaged("it ends too early"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The places in a list that is not one of lists.
fn listed(cell: &[u8]) -> Result<Vec<u32>, HiveError> {
    match cell.get(..2) {
        Some(b"li") => entries(cell, 4),
        // Each has a part of the name, or a hash of it, beside.
        Some(b"lf" | b"lh") => entries(cell, 8),
        _ => Err(HiveError::Damaged("where a list of keys should be is none")),
    }
}

fn entries(cell: &[u8], bytes_each: usize) -> Result<Vec<u32>, HiveError> {
    let count = short(cell, 2)?;
    (0..count)
        .map(|index| number(cell, 4 + index * bytes_each))
        .collect()
}

fn number(bytes: &[u8], at: usize) -> Result<u32, HiveError> {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
    let four = four.ok_or(HiveError::Damaged("a cell is too short"))?;
    Ok(u32::from_le_bytes(*four))
}

fn short(bytes: &[u8], at: usize) -> Result<usize, HiveError> {
    let two = bytes.get(at..).and_then(|rest| rest.first_chunk());
    let two = two.ok_or(HiveError::Damaged("a cell is too short"))?;
    Ok(u16::from_le_bytes(*two).into())
}

fn tail(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], HiveError> {
    let part = at.checked_add(length).and_then(|end| bytes.get(at..end));
    part.ok_or(HiveError::Damaged("a cell is too short"))
}

/// A name: of one byte each where it says so (ISO 8859-1), else UTF-16.
fn named(bytes: &[u8], is_narrow: bool) -> String {
    if is_narrow {
        return bytes.iter().copied().map(char::from).collect();
    }
    let pairs = bytes.chunks_exact(2).filter_map(|two| two.first_chunk());
    let units: Vec<u16> = pairs.map(|two| u16::from_le_bytes(*two)).collect();
    String::from_utf16_lossy(&units)
}

/// Of the base block: exclusive or of its first 127 numbers, without the two that are reserved.
fn checksum(base: &[u8]) -> Result<u32, HiveError> {
    let mut sum = 0;
    for index in 0..127 {
        sum ^= number(base, index * 4)?;
    }
    Ok(match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    })
}

#[cfg(test)]
mod tests;
