//! What a device-mapper device is, by its UUID and, for root, by its table.
//!
//! Touches nothing. Must never take `CRYPT-` alone for encryption: dm-verity and dm-integrity carry
//! it too.

use std::collections::BTreeMap;

use sekisho_policy::facts::EncryptionKind;

/// What the UUID of a device-mapper device says (cryptsetup, `dm_prepare_uuid`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    /// It encrypts.
    Crypt(EncryptionKind),
    /// It checks integrity and no more.
    Integrity,
    /// The drive is trusted to encrypt by itself (OPAL), which cannot be told from here.
    Opal,
    /// It says `CRYPT-` and something this agent does not know.
    UnknownCrypt,
    /// It lies on other devices and changes nothing about their bytes.
    Through,
}

/// One stretch of a device-mapper device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The target, such as `crypt` or `linear`.
    pub(super) target: String,
    /// The cipher of a `crypt` target, such as `aes-xts-plain64`; empty for another one.
    pub(super) cipher: String,
}

impl Layer {
    /// Reads the UUID.
    pub(super) fn of(uuid: &str) -> Self {
        let Some(kind) = uuid.strip_prefix("CRYPT-") else {
            return Self::Through;
        };
        let is = |prefix: &str| kind.starts_with(prefix);
        if is("LUKS2-OPAL-") {
            Self::Opal
        } else if is("LUKS2-") {
            Self::Crypt(EncryptionKind::Luks2)
        } else if is("LUKS1-") {
            Self::Crypt(EncryptionKind::Luks1)
        } else if is("PLAIN-") {
            Self::Crypt(EncryptionKind::PlainDmCrypt)
        } else if is("TCRYPT-") || is("BITLK-") || is("FVAULT2-") || is("LOOPAES-") {
            Self::Crypt(EncryptionKind::OtherDmCrypt)
        } else if is("VERITY-") || is("INTEGRITY-") {
            Self::Integrity
        } else if is("SUBDEV-") {
            Self::Through
        } else {
            Self::UnknownCrypt
        }
    }
}

/// The fields that are read: others name where a key is kept.
pub(super) fn only_what_is_read(text: &str) -> String {
    let lines = text.lines().filter_map(|line| {
        let (name, table) = line.split_once(": ")?;
        let fields: Vec<&str> = table.split_whitespace().take(4).collect();
        Some(format!("{name}: {}\n", fields.join(" ")))
    });
    lines.collect()
}

/// Reads `dmsetup table`: `name: start length target arguments…`, one line for each segment. The
/// first argument of a `crypt` target is its cipher (kernel, dm-crypt.rst).
pub(super) fn parse_tables(text: &str) -> BTreeMap<String, Vec<Segment>> {
    let mut tables: BTreeMap<String, Vec<Segment>> = BTreeMap::new();
    for line in text.lines() {
        let Some((name, table)) = line.split_once(": ") else {
            continue;
        };
        let mut words = table.split_whitespace().skip(2);
        let Some(target) = words.next() else {
            continue;
        };
        let cipher = if target == "crypt" {
            words.next().unwrap_or_default()
        } else {
            ""
        };
        tables.entry(name.to_owned()).or_default().push(Segment {
            target: target.to_owned(),
            cipher: cipher.to_owned(),
        });
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uuid: &str, layer: Layer) {
        assert_eq!(Layer::of(uuid), layer, "{uuid}");
    }

    #[test]
    fn each_uuid_is_taken_for_what_cryptsetup_means_by_it() {
        check(
            "CRYPT-LUKS2-2b7ab8d3c0ae4d3fb8c4a3f2e1d0c9b8-root",
            Layer::Crypt(EncryptionKind::Luks2),
        );
        check("CRYPT-LUKS1-00-x", Layer::Crypt(EncryptionKind::Luks1));
        check(
            "CRYPT-PLAIN-swap",
            Layer::Crypt(EncryptionKind::PlainDmCrypt),
        );
        check(
            "CRYPT-BITLK-00-win",
            Layer::Crypt(EncryptionKind::OtherDmCrypt),
        );
        check("CRYPT-LUKS2-OPAL-00-x", Layer::Opal);
        check("CRYPT-VERITY-00-usr", Layer::Integrity);
        check("CRYPT-INTEGRITY-x", Layer::Integrity);
        check("CRYPT-SUBDEV-00", Layer::Through);
        check("CRYPT-NEW-00", Layer::UnknownCrypt);
        check("LVM-abc", Layer::Through);
        check("", Layer::Through);
        check("mpath-3600", Layer::Through);
    }

    #[test]
    fn a_table_with_several_segments_is_read() {
        let text = "root: 0 1024 crypt aes-xts-plain64 :64:logon:cryptsetup:x 0 8:3 32768\nhalf: 0 8 crypt cipher_null-ecb - 0 8:4 0\nhalf: 8 8 linear 8:4 8\n";
        let tables = parse_tables(text);
        assert_eq!(tables["root"][0].cipher, "aes-xts-plain64");
        assert_eq!(tables["half"].len(), 2);
        assert_eq!(tables["half"][1].target, "linear");
        assert!(parse_tables("No devices found\n").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = parse_tables(&text);
            let _ = Layer::of(&text);
        }
    }
}
