//! The facts as an expression sees them: looked at where they lie, not copied.
//!
//! Touches the facts of a case. Must never answer for a fact that is unknown: asking for it is an error,
//! and the rule's outcome unknown.

use cel::ExecutionError;
use cel::common::traits::{self, Indexer, Iterable, Sizer};
use cel::common::types::{CelBool, CelInt, CelNull, CelString, LIST_TYPE, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};

use crate::facts::{AntivirusProduct, DefinitionsKind, Encryption, Host, Package, Place, Volume};
use crate::facts::{PackageScope, Software};
use crate::reading::{Reading, Why};
use crate::register::Registration;
use crate::rules::Case;
use crate::time::Timestamp;

/// One thing with fields.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record<'v> {
    Device(&'v Case<'v>),
    Host(&'v Host),
    Package(&'v Package),
    Product(&'v AntivirusProduct, Timestamp),
    Volume(&'v Volume),
}

/// A list of them.
#[derive(Debug, Clone)]
pub(super) struct Records<'v>(pub(super) Vec<Record<'v>>);

/// What a field holds on this laptop.
enum Field<'v> {
    Text(&'v str),
    Number(i64),
    Truth(bool),
    /// Looked for, and not there.
    Nothing,
    Unknown,
}

/// The value of the variable of this name, or why it could not be told.
pub(super) fn variable<'v>(name: &str, case: &'v Case<'v>) -> Result<Box<dyn Val + 'v>, Why> {
    match name {
        "device" => Ok(Box::new(Record::Device(case))),
        "host" => match &case.facts.host {
            Reading::Known(host) => Ok(Box::new(Record::Host(host))),
            Reading::Absent => Ok(Box::new(CelNull)),
            Reading::Unknown(why) => Err(why.clone()),
        },
        list => Ok(Box::new(Records(records(list, case)?))),
    }
}

/// The items of the list of this name, or why they could not be told. A list that was looked for and is
/// not there is an empty one.
pub(super) fn records<'v>(name: &str, case: &'v Case<'v>) -> Result<Vec<Record<'v>>, Why> {
    let facts = case.facts;
    match name {
        "volumes" => listed(&facts.volumes, Record::Volume),
        "antivirus" => listed(&facts.antivirus, |product| {
            Record::Product(product, case.now)
        }),
        "packages" => match &facts.software {
            Reading::Known(software) => match whole(software) {
                Some(why) => Err(why),
                None => Ok(software.packages.iter().map(Record::Package).collect()),
            },
            Reading::Absent => Ok(vec![]),
            Reading::Unknown(why) => Err(why.clone()),
        },
        _ => Err(Why::NotAsked),
    }
}

fn listed<'v, T>(
    reading: &'v Reading<Vec<T>>,
    record: impl Fn(&'v T) -> Record<'v>,
) -> Result<Vec<Record<'v>>, Why> {
    match reading {
        Reading::Known(items) => Ok(items.iter().map(record).collect()),
        Reading::Absent => Ok(vec![]),
        Reading::Unknown(why) => Err(why.clone()),
    }
}

/// Why the inventory is not whole: what is not listed may be there all the same.
fn whole(software: &Software) -> Option<Why> {
    software.sources.iter().find_map(|(_, count)| match count {
        Reading::Unknown(why) => Some(why.clone()),
        Reading::Known(_) | Reading::Absent => None,
    })
}

impl<'v> Record<'v> {
    /// The field of this name; `None` when there is none.
    fn field(&self, name: &str) -> Option<Field<'v>> {
        match self {
            Self::Device(case) => device(case, name),
            Self::Host(host) => self::host(host, name),
            Self::Package(package) => self::package(package, name),
            Self::Product(product, now) => self::product(product, *now, name),
            Self::Volume(volume) => self::volume(volume, name),
        }
    }

    /// What a person would call it.
    pub(super) fn title(&self) -> (&'static str, String) {
        match self {
            Self::Device(_) => ("device", String::new()),
            Self::Host(host) => ("host", host.hostname.clone()),
            Self::Package(package) => {
                let source = package.source.name();
                let title = format!("{} {} ({source})", package.name, package.version);
                ("package", title)
            }
            Self::Product(product, _) => ("antivirus", product.name.clone()),
            Self::Volume(volume) => ("volume", place(&volume.place).1.to_owned()),
        }
    }
}

fn device<'v>(case: &'v Case<'v>, name: &str) -> Option<Field<'v>> {
    let entry = case.entry;
    Some(match name {
        "registration" => match entry.registration {
            Some(registration) => Field::Text(Registration::name(registration)),
            None => Field::Unknown,
        },
        "group" => Field::Text(&entry.group),
        "data_class" => Field::Text(case.data_class.name()),
        "approved_days_left" => match entry.approved_until {
            Some(until) => Field::Number(until.since(case.now).secs().div_euclid(86_400)),
            None => Field::Nothing,
        },
        _ => return None,
    })
}

fn host<'v>(host: &'v Host, name: &str) -> Option<Field<'v>> {
    Some(match name {
        "hostname" => Field::Text(&host.hostname),
        "os_id" => Field::Text(&host.os_id),
        "os_version" => text(&host.os_version),
        "os_name" => Field::Text(&host.os_name),
        "kernel" => Field::Text(&host.kernel),
        "architecture" => Field::Text(&host.architecture),
        "model" => text(&host.model),
        _ => return None,
    })
}

fn package<'v>(package: &'v Package, name: &str) -> Option<Field<'v>> {
    Some(match name {
        "name" => Field::Text(&package.name),
        "version" => Field::Text(&package.version),
        "vendor" => Field::Text(&package.vendor),
        "architecture" => Field::Text(&package.architecture),
        "source" => Field::Text(package.source.name()),
        "user" => match &package.scope {
            PackageScope::Machine => Field::Text(""),
            PackageScope::User(user) => Field::Text(user),
        },
        _ => return None,
    })
}

fn product<'v>(product: &'v AntivirusProduct, now: Timestamp, name: &str) -> Option<Field<'v>> {
    Some(match name {
        "name" => Field::Text(&product.name),
        "vendor" => Field::Text(&product.vendor),
        "engine_version" => text(&product.engine_version),
        "running" => truth(&product.running),
        "realtime" => truth(&product.realtime),
        "cloud" => Field::Truth(product.definitions_kind == DefinitionsKind::Cloud),
        "definitions_version" => match &product.definitions {
            Reading::Known(definitions) => Field::Text(&definitions.version),
            Reading::Absent => Field::Nothing,
            Reading::Unknown(_) => Field::Unknown,
        },
        "definitions_age_hours" => match &product.definitions {
            Reading::Known(definitions) => {
                Field::Number(now.since(definitions.built_at).secs().div_euclid(3600))
            }
            Reading::Absent => Field::Nothing,
            Reading::Unknown(_) => Field::Unknown,
        },
        _ => return None,
    })
}

fn volume<'v>(volume: &'v Volume, name: &str) -> Option<Field<'v>> {
    Some(match name {
        "place" => Field::Text(place(&volume.place).0),
        "path" => Field::Text(place(&volume.place).1),
        "filesystem" => Field::Text(&volume.filesystem),
        "size_mib" => match volume.size_bytes {
            Some(bytes) => Field::Number(i64::try_from(bytes >> 20).unwrap_or(i64::MAX)),
            None => Field::Unknown,
        },
        "removable" => truth(&volume.removable),
        "exempt" => Field::Truth(volume.exemption.is_some()),
        "encrypted" => match &volume.encryption {
            Reading::Known(Encryption::Encrypted(_)) => Field::Truth(true),
            Reading::Known(Encryption::Plain(_)) | Reading::Absent => Field::Truth(false),
            Reading::Unknown(_) => Field::Unknown,
        },
        "encryption" => match &volume.encryption {
            Reading::Known(Encryption::Encrypted(kind)) => Field::Text(kind.name()),
            Reading::Known(Encryption::Plain(_)) | Reading::Absent => Field::Nothing,
            Reading::Unknown(_) => Field::Unknown,
        },
        _ => return None,
    })
}

fn place(place: &Place) -> (&'static str, &str) {
    match place {
        Place::Mounted(path) => ("mounted", path),
        Place::Swap(path) => ("swap", path),
        Place::Unmounted(name) => ("unmounted", name),
    }
}

fn text(reading: &Reading<String>) -> Field<'_> {
    match reading {
        Reading::Known(text) => Field::Text(text),
        Reading::Absent => Field::Nothing,
        Reading::Unknown(_) => Field::Unknown,
    }
}

fn truth(reading: &Reading<bool>) -> Field<'static> {
    match reading {
        Reading::Known(truth) => Field::Truth(*truth),
        Reading::Absent => Field::Nothing,
        Reading::Unknown(_) => Field::Unknown,
    }
}

impl Val for Record<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(*self)
    }
}

impl Indexer for Record<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let name = index
            .downcast_ref::<CelString<'_>>()
            .map(CelString::inner)
            .unwrap_or_default();
        // An unknown field is to `has()` as one that is not there; asking for it is an error.
        match self.field(name) {
            Some(Field::Text(text)) => Ok(CowVal::owned(CelString::from(text))),
            Some(Field::Number(number)) => Ok(CowVal::owned(CelInt::from(number))),
            Some(Field::Truth(truth)) => Ok(CowVal::owned(CelBool::from(truth))),
            Some(Field::Nothing) => Ok(CowVal::owned(CelNull)),
            Some(Field::Unknown) | None => Err(ExecutionError::no_such_key(name)),
        }
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Val for Records<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl Iterable for Records<'_> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn traits::Iterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        Box::new(Items(self.0.iter()))
    }
}

struct Items<'b, 'v>(std::slice::Iter<'b, Record<'v>>);

impl<'b, 'w, 'v: 'w> traits::Iterator<'b, 'w> for Items<'b, 'v> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        self.0.next().map(|record| record as &(dyn Val + 'w))
    }
}

impl Sizer for Records<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.0.len()).unwrap_or(i64::MAX))
    }
}
