//! The document as TOML writes it: one twin for each table, and how a group's tables lie over the
//! default ones.
//!
//! Touches nothing. Must never be seen outside the document.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::{
    Accounts, AdminGroups, Asked, Beyond, Class, Ends, Format, Groups, Kind, Kinds, Lines,
    Products, UnknownIs, Weight, Which, Within,
};
use super::{Group, InForce, Policy, PolicyError, place};
use crate::finding::Severity;
use crate::id::Fingerprint;
use crate::register::DataClass;
use crate::rules::{
    Parameters, definitions_current, device_approved, device_reporting, disk_encrypted,
    firewall_on, local_administrators, os_supported, screen_locks, secure_boot, software_allowed,
    updates_pending,
};
use crate::time::Span;

type Hours = Within<0, 8760>;
type Silence = Within<1, 8760>;
type Days = Within<1, 365>;
type DaysOrNone = Within<0, 365>;
type Minutes = Within<1, 1440>;
type Others = Within<0, 256>;
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
        pub(in crate::document) struct $name {
            enabled: Option<bool>,
            severity: Option<Weight>,
            grace_hours: Option<Hours>,
            unknown: Option<UnknownIs>,
            $($field: Option<$type>,)*
        }

        impl $name {
            pub(in crate::document) fn over(self, base: &Self) -> Self {
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
mod more;
mod network;

use more::{NoActiveMalware, RemovableMedia, TakeOutApproved};
use network::{NetworkPermitted, VpnOutside, WifiSecure};

table!(DeviceApproved {});
table!(DeviceReporting {
    max_silence_hours: Silence,
});
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
    require_cloud_health: bool,
    max_full_scan_age_days: DaysOrNone,
});
table!(FirewallOn { ipv6: bool });
table!(LocalAdministrators {
    groups: AdminGroups,
    allowed: Accounts,
    max_others: Others,
    directory: Beyond,
});
table!(OsSupported {
    warn_before_days: Days,
    accept_extended: bool,
    ends: Ends,
});
table!(ScreenLocks {
    max_delay_minutes: Minutes,
});
table!(SecureBoot { refuse_bios: bool });
table!(SoftwareAllowed {
    deny: Lines,
    allow: Lines,
});
table!(UpdatesPending {
    max_list_age_days: Days,
    require_restart: bool,
});

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rules {
    definitions_current: Option<DefinitionsCurrent>,
    device_approved: Option<DeviceApproved>,
    device_reporting: Option<DeviceReporting>,
    disk_encrypted: Option<DiskEncrypted>,
    firewall_on: Option<FirewallOn>,
    local_administrators: Option<LocalAdministrators>,
    network_permitted: Option<NetworkPermitted>,
    no_active_malware: Option<NoActiveMalware>,
    os_supported: Option<OsSupported>,
    removable_media: Option<RemovableMedia>,
    screen_locks: Option<ScreenLocks>,
    secure_boot: Option<SecureBoot>,
    software_allowed: Option<SoftwareAllowed>,
    take_out_approved: Option<TakeOutApproved>,
    updates_pending: Option<UpdatesPending>,
    vpn_outside: Option<VpnOutside>,
    wifi_secure: Option<WifiSecure>,
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
            device_reporting: lay!(device_reporting),
            disk_encrypted: lay!(disk_encrypted),
            firewall_on: lay!(firewall_on),
            local_administrators: lay!(local_administrators),
            network_permitted: lay!(network_permitted),
            no_active_malware: lay!(no_active_malware),
            os_supported: lay!(os_supported),
            removable_media: lay!(removable_media),
            screen_locks: lay!(screen_locks),
            secure_boot: lay!(secure_boot),
            software_allowed: lay!(software_allowed),
            take_out_approved: lay!(take_out_approved),
            updates_pending: lay!(updates_pending),
            vpn_outside: lay!(vpn_outside),
            wifi_secure: lay!(wifi_secure),
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
        let reporting = self.device_reporting.as_ref();
        let reporting = reporting.and_then(DeviceReporting::in_force);
        let disk = self.disk_encrypted.as_ref();
        let disk = disk.and_then(DiskEncrypted::in_force);
        let software = self.software_allowed.as_ref();
        let software = software.and_then(SoftwareAllowed::in_force);
        let release = self.os_supported.as_ref();
        let release = release.and_then(OsSupported::in_force);
        let updates = self.updates_pending.as_ref();
        let updates = updates.and_then(UpdatesPending::in_force);
        let screen = self.screen_locks.as_ref();
        let screen = screen.and_then(ScreenLocks::in_force);
        let firewall = self.firewall_on.as_ref();
        let firewall = firewall.and_then(FirewallOn::in_force);
        let administrators = self.local_administrators.as_ref();
        let administrators = administrators.and_then(LocalAdministrators::in_force);
        let malware = self.no_active_malware.as_ref();
        let malware = malware.and_then(NoActiveMalware::in_force);
        let media = self.removable_media.as_ref();
        let media = media.and_then(RemovableMedia::in_force);
        let take_out = self.take_out_approved.as_ref();
        let take_out = take_out.and_then(TakeOutApproved::in_force);
        let secure_boot = self.secure_boot.as_ref();
        let secure_boot = secure_boot.and_then(SecureBoot::in_force);
        let network = self.network_permitted.as_ref();
        let network = network.and_then(NetworkPermitted::in_force);
        let vpn = self.vpn_outside.as_ref().and_then(VpnOutside::in_force);
        let wifi = self.wifi_secure.as_ref().and_then(WifiSecure::in_force);
        let rules = [
            definitions,
            device,
            reporting,
            disk,
            firewall,
            administrators,
            network,
            malware,
            release,
            media,
            screen,
            secure_boot,
            software,
            take_out,
            updates,
            vpn,
            wifi,
        ];
        Ok(rules.into_iter().flatten().collect())
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
            require_cloud_health: self
                .require_cloud_health
                .unwrap_or(usual.require_cloud_health),
            max_full_scan_age: self
                .max_full_scan_age_days
                .filter(|days| days.0 > 0)
                .map(|days| Span::from_days(days.0)),
        };
        Ok(self.with(Severity::High, Parameters::DefinitionsCurrent(parameters)))
    }
}

impl DeviceReporting {
    fn in_force(&self) -> Option<InForce> {
        let usual = device_reporting::Parameters::default();
        let hours = self.max_silence_hours;
        let parameters = device_reporting::Parameters {
            max_silence: hours.map_or(usual.max_silence, |hours| Span::from_hours(hours.0)),
        };
        self.with(Severity::Medium, Parameters::DeviceReporting(parameters))
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

impl OsSupported {
    fn in_force(&self) -> Option<InForce> {
        let usual = os_supported::Parameters::default();
        let parameters = os_supported::Parameters {
            warn_before: self
                .warn_before_days
                .map_or(usual.warn_before, |days| Span::from_days(days.0)),
            accept_extended: self.accept_extended.unwrap_or(usual.accept_extended),
            ends: self.ends.clone().map_or(usual.ends, |ends| ends.0),
        };
        self.with(Severity::High, Parameters::OsSupported(parameters))
    }
}

impl FirewallOn {
    fn in_force(&self) -> Option<InForce> {
        let usual = firewall_on::Parameters::default();
        let parameters = firewall_on::Parameters {
            ipv6: self.ipv6.unwrap_or(usual.ipv6),
        };
        self.with(Severity::High, Parameters::FirewallOn(parameters))
    }
}

impl LocalAdministrators {
    fn in_force(&self) -> Option<InForce> {
        let usual = local_administrators::Parameters::default();
        let others = self
            .max_others
            .and_then(|others| u32::try_from(others.0).ok());
        let parameters = local_administrators::Parameters {
            groups: self.groups.clone().map_or(usual.groups, |groups| groups.0),
            allowed: self.allowed.clone().map_or(usual.allowed, |names| names.0),
            max_others: others.unwrap_or(usual.max_others),
            trust_directory: self.directory == Some(Beyond::Trust),
        };
        self.with(
            Severity::Medium,
            Parameters::LocalAdministrators(parameters),
        )
    }
}

impl SecureBoot {
    fn in_force(&self) -> Option<InForce> {
        let parameters = secure_boot::Parameters {
            refuse_bios: self.refuse_bios.unwrap_or_default(),
        };
        self.with(Severity::Low, Parameters::SecureBoot(parameters))
    }
}

impl ScreenLocks {
    fn in_force(&self) -> Option<InForce> {
        let usual = screen_locks::Parameters::default();
        let parameters = screen_locks::Parameters {
            max_delay: self
                .max_delay_minutes
                .map_or(usual.max_delay, |minutes| Span::from_secs(minutes.0 * 60)),
        };
        self.with(Severity::Medium, Parameters::ScreenLocks(parameters))
    }
}

impl UpdatesPending {
    fn in_force(&self) -> Option<InForce> {
        let usual = updates_pending::Parameters::default();
        let parameters = updates_pending::Parameters {
            max_list_age: self
                .max_list_age_days
                .map_or(usual.max_list_age, |days| Span::from_days(days.0)),
            require_restart: self.require_restart.unwrap_or(usual.require_restart),
        };
        self.with(Severity::High, Parameters::UpdatesPending(parameters))
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
