//! The file format of dconf's databases and of compiled GSettings schemas (gvdb, as glib writes it):
//! tables of keys that can lie in one another.
//!
//! Touches bytes in memory. Must never follow an offset out of them, nor a circle.

/// Bytes of one entry of a table.
const ITEM_BYTES: usize = 24;
/// A key is put together from at most this many parts; real ones have a dozen.
const PARTS_MAX: usize = 64;
const NO_PARENT: u32 = u32::MAX;
/// The table of keys that the databases before it cannot change.
pub(super) const LOCKS: &str = ".locks";

/// One table of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    items: &'a [u8],
}

/// A value of one of the types that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// `b`
    Flag(bool),
    /// `u`
    Number(u32),
    /// Another type.
    Other,
}

#[derive(Clone, Copy)]
struct Item<'a> {
    parent: u32,
    key: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

impl<'a> Table<'a> {
    /// The outermost table. `None` when the bytes are no such file, or one of a machine whose numbers
    /// are written the other way round.
    pub(super) fn root(bytes: &'a [u8]) -> Option<Self> {
        let header = bytes.strip_prefix(b"GVariant")?;
        let version = number(header, 0)?;
        (version == 0)
            .then(|| Self::at(bytes, part(bytes, number(header, 8)?, number(header, 12)?)?))?
    }

    fn at(bytes: &'a [u8], region: &'a [u8]) -> Option<Self> {
        // The upper five bits tell how the filter shifts.
        let filters = number(region, 0)? & 0x07ff_ffff;
        let buckets = number(region, 4)?;
        let before = usize::try_from(filters)
            .ok()?
            .checked_add(usize::try_from(buckets).ok()?)?
            .checked_mul(4)?
            .checked_add(8)?;
        let items = region.get(before..)?;
        Some(Self { bytes, items })
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<Value> {
        let item = self.find(key, b'v')?;
        // A variant: the data, a zero, the type.
        let end = item.value.iter().rposition(|byte| *byte == 0)?;
        let (data, kind) = item.value.split_at(end);
        Some(Value::of(data, kind.get(1..)?))
    }

    /// The first value of the tuple at a key, as schemas keep a default; `None` also where the default
    /// differs from desktop to desktop.
    pub(super) fn default(&self, key: &str) -> Option<Value> {
        let item = self.find(key, b'v')?;
        let end = item.value.iter().rposition(|byte| *byte == 0)?;
        let (data, kind) = item.value.split_at(end);
        let kind = kind.get(1..)?.strip_prefix(b"(")?;
        if kind.windows(5).any(|window| window == b"a{sv}") {
            return None;
        }
        Some(Value::of(data, kind.get(..1)?))
    }

    /// The table at a key.
    pub(super) fn table(&self, key: &str) -> Option<Self> {
        Self::at(self.bytes, self.find(key, b'H')?.value)
    }

    fn find(&self, key: &str, kind: u8) -> Option<Item<'a>> {
        let count = self.items.len() / ITEM_BYTES;
        let items = (0..count).filter_map(|index| self.item(index));
        items
            .into_iter()
            .find(|item| item.kind == kind && self.is_called(*item, key.as_bytes()))
    }

    fn item(&self, index: usize) -> Option<Item<'a>> {
        let start = index.checked_mul(ITEM_BYTES)?;
        let item = self.items.get(start..start.checked_add(ITEM_BYTES)?)?;
        let begins = number(item, 8)?;
        let length = u16::from_le_bytes(item.get(12..14)?.try_into().ok()?);
        Some(Item {
            parent: number(item, 4)?,
            key: part(self.bytes, begins, begins.checked_add(u32::from(length))?)?,
            kind: *item.get(14)?,
            value: part(self.bytes, number(item, 16)?, number(item, 20)?)?,
        })
    }

    /// No bytes where its parents are a circle.
    fn name_of(&self, mut item: Item<'a>) -> Vec<u8> {
        let mut parts = vec![item.key];
        while item.parent != NO_PARENT {
            let parent = usize::try_from(item.parent).ok();
            match parent.and_then(|index| self.item(index)) {
                Some(parent) if parts.len() < PARTS_MAX => item = parent,
                _ => return Vec::new(),
            }
            parts.push(item.key);
        }
        parts.reverse();
        parts.concat()
    }

    /// A key is its own part behind its parents'.
    fn is_called(&self, mut item: Item<'a>, mut key: &[u8]) -> bool {
        for _ in 0..PARTS_MAX {
            let Some(rest) = key.strip_suffix(item.key) else {
                return false;
            };
            if item.parent == NO_PARENT {
                return rest.is_empty();
            }
            let parent = usize::try_from(item.parent).ok();
            let Some(parent) = parent.and_then(|index| self.item(index)) else {
                return false;
            };
            (item, key) = (parent, rest);
        }
        false
    }
}

impl Value {
    fn of(data: &[u8], kind: &[u8]) -> Self {
        match (kind, data) {
            (b"b", [flag, ..]) => Self::Flag(*flag != 0),
            (b"u", _) => number(data, 0).map_or(Self::Other, Self::Number),
            _ => Self::Other,
        }
    }
}

/// The same file with nothing in it but these keys, here and in the table of locks: people's settings hold
/// what they searched for and whom they wrote to.
pub(super) fn only(bytes: &[u8], keys: &[String]) -> Vec<u8> {
    let mut kept = bytes.to_vec();
    let Some(table) = Table::root(bytes) else {
        // None it stays, and an empty one empty.
        kept.fill(0);
        return kept;
    };
    for table in [Some(table), table.table(LOCKS)].into_iter().flatten() {
        for index in 0..table.items.len() / ITEM_BYTES {
            let Some(item) = table.item(index) else {
                continue;
            };
            let name = table.name_of(item);
            let wanted = |key: &String| key.as_bytes().starts_with(&name);
            if name.is_empty() || name == LOCKS.as_bytes() || keys.iter().any(wanted) {
                continue;
            }
            for secret in [item.key, item.value] {
                let start = (secret.as_ptr() as usize).saturating_sub(bytes.as_ptr() as usize);
                let place = kept.get_mut(start..start.saturating_add(secret.len()));
                place.into_iter().for_each(|place| place.fill(0));
            }
        }
    }
    kept
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn part(bytes: &[u8], start: u32, end: u32) -> Option<&[u8]> {
    bytes.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &[u8] = include_bytes!("../../../../testdata/dconf/local");
    const SCHEMAS: &[u8] = include_bytes!("../../../../testdata/dconf/gschemas.compiled");

    #[test]
    fn a_database_made_by_dconf_says_what_was_put_in() {
        let table = Table::root(LOCAL).unwrap();
        let value = |key: &str| table.value(&format!("/org/gnome/desktop/{key}"));
        assert_eq!(value("session/idle-delay"), Some(Value::Number(600)));
        assert_eq!(value("screensaver/lock-enabled"), Some(Value::Flag(true)));
        assert_eq!(value("screensaver/lock-delay"), Some(Value::Number(30)));
        assert_eq!(value("session/"), None);
        assert_eq!(value("delay"), None);
        let locks = table.table(".locks").unwrap();
        assert!(
            locks
                .value("/org/gnome/desktop/session/idle-delay")
                .is_some()
        );
        assert!(
            locks
                .value("/org/gnome/desktop/screensaver/lock-delay")
                .is_none()
        );
        assert!(table.table("/org/gnome/").is_none());
    }

    #[test]
    fn schemas_made_by_glib_say_their_defaults_with_overrides() {
        let table = Table::root(SCHEMAS).unwrap();
        let session = table.table("org.gnome.desktop.session").unwrap();
        assert_eq!(session.default("idle-delay"), Some(Value::Number(240)));
        let screensaver = table.table("org.gnome.desktop.screensaver").unwrap();
        assert_eq!(screensaver.default("lock-enabled"), Some(Value::Flag(true)));
        assert_eq!(screensaver.default("lock-delay"), Some(Value::Number(0)));
        assert_eq!(screensaver.default("picture-uri"), Some(Value::Other));
    }

    #[test]
    fn no_bytes_bring_the_reader_down() {
        for whole in [LOCAL, SCHEMAS] {
            for end in 0..whole.len().min(700) {
                let look = |bytes: &[u8]| {
                    Table::root(bytes).map(|table| {
                        (
                            table.value("/org/gnome/desktop/session/idle-delay"),
                            table.table(".locks").is_some(),
                        )
                    })
                };
                look(&whole[..end]);
                let mut turned = whole.to_vec();
                turned[end] = !turned[end];
                look(&turned);
            }
        }
        assert!(Table::root(b"raVGtnai\0\0\0\0\0\0\0\0").is_none());
    }
}
