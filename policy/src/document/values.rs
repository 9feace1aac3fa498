//! The values a document can hold, each with what is allowed for it.
//!
//! Touches nothing. Must never take a value outside its bounds: the refusal names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::facts::{EncryptionKind, PackageSource};
use crate::finding::Severity;
use crate::limits::{
    ADMINISTRATORS_MAX, ANTIVIRUS_PRODUCTS_MAX, GROUP_NAME_CHARS_MAX, GROUPS_MAX, LIST_ITEMS_MAX,
};
use crate::register::DataClass;
use crate::rules::disk_encrypted::Demand;
use crate::rules::local_administrators::GROUPS_TOLD;
use crate::rules::pattern::{InvalidPattern, Pattern};
use crate::rules::removable_media;
use crate::rules::software_allowed::{InvalidList, List, Listed};
use crate::time::Timestamp;
use crate::words::shown;

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<const MIN: i64, const MAX: i64>(pub(super) i64);

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(WithinVisitor)
    }
}

struct WithinVisitor<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> Visitor<'_> for WithinVisitor<MIN, MAX> {
    type Value = Within<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {MIN} to {MAX}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        if (MIN..=MAX).contains(&number) {
            Ok(Within(number))
        } else {
            let allowed = format!("{number} is not allowed; {MIN} to {MAX}");
            Err(E::custom(allowed))
        }
    }
}

/// The version of the document's form.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Format;

impl TryFrom<i64> for Format {
    type Error = String;

    fn try_from(format: i64) -> Result<Self, Self::Error> {
        match format {
            1 => Ok(Self),
            other => Err(format!(
                "{other} is not allowed; this product reads format 1"
            )),
        }
    }
}

/// Gives a type of the vocabulary its names in a document.
macro_rules! named {
    ($(#[$doc:meta])* $twin:ident for $domain:ty { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Deserialize)]
        pub(super) enum $twin {
            $(#[serde(rename = $name)] $variant,)+
        }

        impl From<$twin> for $domain {
            fn from(twin: $twin) -> Self {
                match twin {
                    $($twin::$variant => Self::$variant,)+
                }
            }
        }
    };
}

pub(super) mod network;

named!(
    /// A class of data.
    Class for DataClass {
        Public = "public", Internal = "internal", Confidential = "confidential", Secret = "secret",
    }
);
named!(
    /// A weight.
    Weight for Severity { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
);
named!(
    /// A kind of encryption.
    Kind for EncryptionKind {
        Luks1 = "luks1", Luks2 = "luks2", PlainDmCrypt = "plain_dm_crypt",
        OtherDmCrypt = "other_dm_crypt", Zfs = "zfs", BitLocker = "bitlocker", Fscrypt = "fscrypt",
        Mixed = "mixed",
    }
);
named!(
    /// A package source.
    Source for PackageSource {
        Dpkg = "deb", Rpm = "rpm", Flatpak = "flatpak", Snap = "snap",
        WindowsUninstall = "windows", Msix = "msix",
    }
);
named!(
    /// What is asked of a kind of volume.
    Asked for Demand { Require = "require", Report = "report" }
);

named!(
    /// Which media may be attached.
    Media for removable_media::Media {
        Allow = "allow", EncryptedOnly = "encrypted-only", Refuse = "refuse",
    }
);

/// What an outcome that could not be told comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnknownIs {
    /// It counts against the device.
    Fail,
    /// It is reported and does not count.
    Report,
}

/// Which products must be in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Which {
    /// One is enough.
    Any,
    /// Every one that counts.
    Every,
}

/// Kinds of encryption, at least one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Kind>")]
pub(super) struct Kinds(pub(super) BTreeSet<EncryptionKind>);

impl TryFrom<Vec<Kind>> for Kinds {
    type Error = String;

    fn try_from(kinds: Vec<Kind>) -> Result<Self, Self::Error> {
        if kinds.is_empty() {
            let names = EncryptionKind::ALL.map(EncryptionKind::name).join(", ");
            return Err(format!(
                "an empty list is not allowed; one or more of {names}"
            ));
        }
        Ok(Self(kinds.into_iter().map(Into::into).collect()))
    }
}

/// A name with or without stars.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(Pattern);

impl TryFrom<String> for Name {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Pattern::parse(&text).map(Self)
    }
}

/// Names of antivirus products.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub(super) struct Products(pub(super) Vec<Pattern>);

impl TryFrom<Vec<Name>> for Products {
    type Error = String;

    fn try_from(names: Vec<Name>) -> Result<Self, Self::Error> {
        if names.len() > ANTIVIRUS_PRODUCTS_MAX {
            let count = names.len();
            return Err(format!(
                "{count} names are not allowed; at most {ANTIVIRUS_PRODUCTS_MAX} (ANTIVIRUS_PRODUCTS_MAX)"
            ));
        }
        Ok(Self(names.into_iter().map(|name| name.0).collect()))
    }
}

/// Last days of support, by `ID VERSION_ID` of os-release(5).
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(super) struct Ends(pub(super) BTreeMap<String, Timestamp>);

impl TryFrom<BTreeMap<String, String>> for Ends {
    type Error = String;

    fn try_from(written: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        if written.len() > LIST_ITEMS_MAX {
            let count = written.len();
            return Err(format!(
                "{count} releases are not allowed; at most {LIST_ITEMS_MAX} (LIST_ITEMS_MAX)"
            ));
        }
        let ends = written.into_iter().map(|(release, day)| {
            let found = Timestamp::of_date(&day);
            let (id, version) = release.split_once(' ').unwrap_or_default();
            match found {
                None => Err(format!(
                    "{:?} is not allowed; a day such as \"2030-04-23\"",
                    shown(&day)
                )),
                Some(_) if id.is_empty() || version.is_empty() => Err(format!(
                    "{:?} is not allowed; ID and VERSION_ID of os-release, such as \"ubuntu 20.04\"",
                    shown(&release)
                )),
                Some(day) => Ok((release, day)),
            }
        });
        ends.collect::<Result<_, _>>().map(Self)
    }
}

/// Groups that give root's rights, at least one of those that a laptop tells of.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct AdminGroups(pub(super) Vec<String>);

impl TryFrom<Vec<String>> for AdminGroups {
    type Error = String;

    fn try_from(groups: Vec<String>) -> Result<Self, Self::Error> {
        let unknown = groups
            .iter()
            .find(|group| !GROUPS_TOLD.contains(&group.as_str()));
        match unknown {
            Some(group) => Err(format!(
                "{:?} is not allowed; one or more of {}",
                shown(group),
                GROUPS_TOLD.join(", ")
            )),
            None if groups.is_empty() => Err(format!(
                "an empty list is not allowed; one or more of {}",
                GROUPS_TOLD.join(", ")
            )),
            None => Ok(Self(groups)),
        }
    }
}

/// Names of accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub(super) struct Accounts(pub(super) Vec<Pattern>);

impl TryFrom<Vec<Name>> for Accounts {
    type Error = String;

    fn try_from(names: Vec<Name>) -> Result<Self, Self::Error> {
        if names.len() > ADMINISTRATORS_MAX {
            let count = names.len();
            return Err(format!(
                "{count} names are not allowed; at most {ADMINISTRATORS_MAX} (ADMINISTRATORS_MAX)"
            ));
        }
        Ok(Self(names.into_iter().map(|name| name.0).collect()))
    }
}

/// What becomes of accounts in a directory, which a laptop does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Beyond {
    /// Whether they may be administrators cannot be told.
    Unknown,
    /// They are looked after there.
    Trust,
}

/// A list of software.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Line>")]
pub(super) struct Lines(pub(super) List);

impl TryFrom<Vec<Line>> for Lines {
    type Error = InvalidList;

    fn try_from(lines: Vec<Line>) -> Result<Self, Self::Error> {
        List::new(lines.into_iter().map(|line| line.0).collect()).map(Self)
    }
}

/// A line of a list of software: a name, or a table.
#[derive(Debug, Clone)]
pub(super) struct Line(Listed);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineTable {
    name: Name,
    source: Option<Source>,
    version: Option<Name>,
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a table with name and, if you like, source and version")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Line, E> {
        let name = Pattern::parse(text).map_err(E::custom)?;
        Ok(Line(Listed {
            source: None,
            name,
            version: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Line, A::Error> {
        let table = LineTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Line(Listed {
            source: table.source.map(Into::into),
            name: table.name.0,
            version: table.version.map(|version| version.0),
        }))
    }
}

/// The name of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct GroupName(pub(super) String);

impl TryFrom<String> for GroupName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let chars = name.chars().count();
        if name == "default" {
            Err("the default group is what stands outside [groups]; choose another name".to_owned())
        } else if name.trim() != name || chars == 0 || shown(&name) != name.as_str() {
            Err("a group's name may not be empty, begin or end with a space, or hold control characters".to_owned())
        } else if chars > GROUP_NAME_CHARS_MAX {
            Err(format!(
                "a group's name of {chars} characters is not allowed; at most {GROUP_NAME_CHARS_MAX} (GROUP_NAME_CHARS_MAX)"
            ))
        } else {
            Ok(Self(name))
        }
    }
}

/// Groups by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "BTreeMap<GroupName, T>", bound = "T: Deserialize<'de>")]
pub(super) struct Groups<T>(pub(super) BTreeMap<GroupName, T>);

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> TryFrom<BTreeMap<GroupName, T>> for Groups<T> {
    type Error = String;

    fn try_from(groups: BTreeMap<GroupName, T>) -> Result<Self, Self::Error> {
        let count = groups.len();
        if count > GROUPS_MAX {
            return Err(format!(
                "{count} groups are not allowed; at most {GROUPS_MAX} (GROUPS_MAX)"
            ));
        }
        Ok(Self(groups))
    }
}
