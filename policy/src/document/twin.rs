//! The document as TOML writes it: one twin for each table, and how a group's tables lie over the
//! default ones.
//!
//! Touches nothing. Must never be seen outside the document.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::{
    Asked, Class, Format, Groups, Kind, Kinds, Lines, Products, UnknownIs, Weight, Which, Within,
};
use super::{Group, InForce, Policy, PolicyError, place};
use crate::finding::Severity;
use crate::id::Fingerprint;
use crate::register::DataClass;
use crate::rules::{
    Parameters, definitions_current, device_approved, disk_encrypted, software_allowed,
};
use crate::time::Span;

type Hours = Within<0, 8760>;
type Days = Within<1, 365>;
type Mebibytes = Within<0, 1_048_576>;

/// Reads a document that is no larger than it may be.
pub(super) fn read(text: &str) -> Result<Policy, PolicyError> {
    let document: Document =
        toml::from_str(text).map_err(|error| place::wrong_toml(text, &error))?;
    let data_class = document
        .data_class
        .map_or(DataClass::Confidential, Into::into);
    let in_force = |company: &company::Rules, rules: &Rules| {
        let mut all = company.in_force(text)?;
        all.extend(rules.in_force(text)?);
        Ok(all)
    };
    let default = Group {
        data_class,
        rules: in_force(&document.company_rules, &document.rules)?,
    };
    let mut groups = BTreeMap::new();
    for (name, group) in document.groups.0 {
        let rules = in_force(
            &group.company_rules.over(&document.company_rules),
            &group.rules.over(&document.rules),
        )?;
        let data_class = group.data_class.map_or(data_class, Into::into);
        groups.insert(name.0, Group { data_class, rules });
    }
    Ok(Policy {
        fingerprint: Fingerprint::of(text.as_bytes()),
        default,
        groups,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    // Read for its bounds alone.
    #[serde(rename = "format")]
    _format: Format,
    data_class: Option<Class>,
    #[serde(default)]
    rules: Rules,
    #[serde(default, rename = "company-rules")]
    company_rules: company::Rules,
    #[serde(default)]
    groups: Groups<GroupTable>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupTable {
    data_class: Option<Class>,
    #[serde(default)]
    rules: Rules,
    #[serde(default, rename = "company-rules")]
    company_rules: company::Rules,
}

/// A table whose every key may be left out, and which a group's table of the same kind can lie over
/// key by key. A rule's table has the keys of every rule and its own.
macro_rules! table {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            enabled: Option<bool>,
            severity: Option<Weight>,
            grace_hours: Option<Hours>,
            unknown: Option<UnknownIs>,
            $($field: Option<$type>,)*
        }

        impl $name {
            fn over(self, base: &Self) -> Self {
                let base = base.clone();
                Self {
                    enabled: self.enabled.or(base.enabled),
                    severity: self.severity.or(base.severity),
                    grace_hours: self.grace_hours.or(base.grace_hours),
                    unknown: self.unknown.or(base.unknown),
                    $($field: self.$field.or(base.$field),)*
                }
            }

            /// The rule with these parameters; `None` where it is switched off.
            fn with(&self, severity: Severity, parameters: Parameters) -> Option<InForce> {
                self.enabled.unwrap_or(true).then(|| InForce {
                    severity: self.severity.map_or(severity, Into::into),
                    grace: Span::from_hours(self.grace_hours.map_or(0, |hours| hours.0)),
                    unknown_fails: self.unknown != Some(UnknownIs::Report),
                    parameters,
                })
            }
        }
    };
}

mod company;

table!(DeviceApproved {});
table!(DiskEncrypted {
    from_class: Class,
    accept: Kinds,
    accept_for_swap: Vec<Kind>,
    strict_from_class: Class,
    accept_strict: Kinds,
    removable: Asked,
    unmounted: Asked,
    unmounted_from_mib: Mebibytes,
    boot: Asked,
});
table!(DefinitionsCurrent {
    max_age_days: Days,
    warn_before_hours: Spanned<Hours>,
    require_realtime: bool,
    products: Products,
    which: Which,
    accept_cloud: bool,
});
table!(SoftwareAllowed {
    deny: Lines,
    allow: Lines,
});

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rules {
    definitions_current: Option<DefinitionsCurrent>,
    device_approved: Option<DeviceApproved>,
    disk_encrypted: Option<DiskEncrypted>,
    software_allowed: Option<SoftwareAllowed>,
}

impl Rules {
    fn over(self, base: &Self) -> Self {
        macro_rules! lay {
            ($field:ident) => {
                match (self.$field, &base.$field) {
                    (Some(own), Some(base)) => Some(own.over(base)),
                    (own, base) => own.or_else(|| base.clone()),
                }
            };
        }
        Self {
            definitions_current: lay!(definitions_current),
            device_approved: lay!(device_approved),
            disk_encrypted: lay!(disk_encrypted),
            software_allowed: lay!(software_allowed),
        }
    }

    /// The rules that are in force, ordered by name.
    fn in_force(&self, text: &str) -> Result<Vec<InForce>, PolicyError> {
        let definitions = match &self.definitions_current {
            Some(table) => table.in_force(text)?,
            None => None,
        };
        let device = self.device_approved.as_ref().and_then(|table| {
            let parameters = Parameters::DeviceApproved(device_approved::Parameters);
            table.with(Severity::High, parameters)
        });
        let disk = self.disk_encrypted.as_ref();
        let disk = disk.and_then(DiskEncrypted::in_force);
        let software = self.software_allowed.as_ref();
        let software = software.and_then(SoftwareAllowed::in_force);
        Ok([definitions, device, disk, software]
            .into_iter()
            .flatten()
            .collect())
    }
}

impl DefinitionsCurrent {
    fn in_force(&self, text: &str) -> Result<Option<InForce>, PolicyError> {
        let usual = definitions_current::Parameters::default();
        let max_age = self
            .max_age_days
            .map_or(usual.max_age, |days| Span::from_days(days.0));
        let warn_before = self
            .warn_before_hours
            .as_ref()
            .map_or(usual.warn_before.min(max_age), |hours| {
                Span::from_hours(hours.get_ref().0)
            });
        if let (Some(written), true) = (&self.warn_before_hours, warn_before > max_age) {
            let hours = max_age.secs() / 3600;
            let problem = format!(
                "{} is not allowed; 0 to {hours}, the hours of max_age_days",
                written.get_ref().0
            );
            return Err(place::wrong(text, written.span().start, &problem));
        }
        let products = self.products.as_ref();
        let parameters = definitions_current::Parameters {
            max_age,
            warn_before,
            require_realtime: self.require_realtime.unwrap_or(usual.require_realtime),
            products: products.map_or(usual.products, |products| products.0.clone()),
            every_product: self.which == Some(Which::Every),
            accept_cloud: self.accept_cloud.unwrap_or(usual.accept_cloud),
        };
        Ok(self.with(Severity::High, Parameters::DefinitionsCurrent(parameters)))
    }
}

impl DiskEncrypted {
    fn in_force(&self) -> Option<InForce> {
        let usual = disk_encrypted::Parameters::default();
        let kinds = |written: &Option<Kinds>, usual| {
            written.as_ref().map_or(usual, |kinds| kinds.0.clone())
        };
        let for_swap = self.accept_for_swap.as_ref();
        let parameters = disk_encrypted::Parameters {
            from_class: self.from_class.map_or(usual.from_class, Into::into),
            accept: kinds(&self.accept, usual.accept),
            accept_for_swap: for_swap.map_or(usual.accept_for_swap, |kinds| {
                kinds.iter().map(|kind| (*kind).into()).collect()
            }),
            strict_from_class: self
                .strict_from_class
                .map_or(usual.strict_from_class, Into::into),
            accept_strict: kinds(&self.accept_strict, usual.accept_strict),
            removable: self.removable.map_or(usual.removable, Into::into),
            unmounted: self.unmounted.map_or(usual.unmounted, Into::into),
            unmounted_from_bytes: self
                .unmounted_from_mib
                .map_or(usual.unmounted_from_bytes, |mib| {
                    mib.0.unsigned_abs().saturating_mul(1024 * 1024)
                }),
            boot: self.boot.map_or(usual.boot, Into::into),
        };
        self.with(Severity::High, Parameters::DiskEncrypted(parameters))
    }
}

impl SoftwareAllowed {
    fn in_force(&self) -> Option<InForce> {
        let list = |lines: &Option<Lines>| lines.as_ref().map(|lines| lines.0.clone());
        let parameters = software_allowed::Parameters {
            deny: list(&self.deny).unwrap_or_default(),
            allow: list(&self.allow).unwrap_or_default(),
        };
        self.with(Severity::Medium, Parameters::SoftwareAllowed(parameters))
    }
}
