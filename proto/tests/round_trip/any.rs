//! Arbitrary values of the vocabulary, within its limits.
//!
//! Touches nothing. Must never leave out a variant: what is not drawn here is not tested.

mod antivirus;
mod network;
mod platform;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use sekisho_policy::exception::Exception;
use sekisho_policy::facts::software::PackageScope;
use sekisho_policy::facts::*;
use sekisho_policy::finding::{
    Finding, Mended, Message, Outcome, OwnRule, Past, RuleId, Severity, Standing, Verdict, Wording,
};
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::{
    Access, Endpoint, Enforcement, Gap, GapKind, Order, Probe, RefusedOrder, Transport, WhyRefused,
};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{DataClass, Entry, Registration, TakeOut};
use sekisho_policy::time::Timestamp;
use sekisho_proto::beacon::Beacons;
use sekisho_proto::limits::{BEACON_ADDRESSES_MAX, BEACON_PINS_MAX};

pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![".{0,24}", Just("\u{202e}gpj.exe\n\u{7}関所".to_owned())].boxed()
}

pub(crate) fn beacons() -> BoxedStrategy<Beacons> {
    let address = (any::<std::net::IpAddr>(), 1..=u16::MAX).prop_map(Into::into);
    (
        vec(address, 0..=BEACON_ADDRESSES_MAX),
        vec(digest(), 0..=BEACON_PINS_MAX),
    )
        .prop_map(|(addresses, pins)| Beacons { addresses, pins })
        .boxed()
}

pub(crate) fn why() -> BoxedStrategy<Why> {
    prop_oneof![
        text().prop_map(Why::NotPermitted),
        text().prop_map(Why::ToolMissing),
        text().prop_map(Why::TimedOut),
        text().prop_map(Why::Unreadable),
        text().prop_map(Why::TooLarge),
        text().prop_map(Why::Unsupported),
        Just(Why::NotAsked),
    ]
    .boxed()
}

pub(crate) fn reading<T: std::fmt::Debug + Clone + 'static>(
    known: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Reading<T>> {
    prop_oneof![
        4 => known.prop_map(Reading::Known),
        1 => Just(Reading::Absent),
        1 => why().prop_map(Reading::Unknown),
    ]
    .boxed()
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> BoxedStrategy<T> {
    proptest::sample::select(all).boxed()
}

pub(crate) fn time() -> BoxedStrategy<Timestamp> {
    any::<i64>().prop_map(Timestamp).boxed()
}

pub(crate) fn device() -> BoxedStrategy<DeviceId> {
    any::<[u8; 16]>().prop_map(DeviceId::from_bytes).boxed()
}

pub(crate) fn digest() -> BoxedStrategy<Fingerprint> {
    any::<[u8; 32]>().prop_map(Fingerprint::from_bytes).boxed()
}

fn evidence() -> BoxedStrategy<Vec<Evidence>> {
    vec(
        (text(), text()).prop_map(|(source, value)| Evidence { source, value }),
        0..3,
    )
    .boxed()
}

pub(crate) fn facts() -> BoxedStrategy<Facts> {
    (
        reading(host()),
        reading(vec(volume(), 0..4)),
        reading(vec(antivirus::product(), 0..3)),
        reading(software()),
        reading(platform::platform()),
        reading(network::network()),
    )
        .prop_map(
            |(host, volumes, antivirus, software, platform, network)| Facts {
                host,
                volumes,
                antivirus,
                software,
                platform,
                network,
            },
        )
        .boxed()
}

fn host() -> BoxedStrategy<Host> {
    (
        (text(), text(), text(), text(), text()),
        (reading(text()), reading(text()), reading(text())),
        (reading(text()), reading(text()), reading(text())),
    )
        .prop_map(|(texts, first, second)| Host {
            hostname: texts.0,
            os_id: texts.1,
            os_version: first.0,
            os_name: texts.2,
            kernel: texts.3,
            architecture: texts.4,
            model: first.1,
            product_uuid: first.2,
            serial: second.0,
            machine_mark: second.1,
            boot_id: second.2,
        })
        .boxed()
}

fn volume() -> BoxedStrategy<Volume> {
    let place = (text(), 0..3).prop_map(|(name, kind)| match kind {
        0 => Place::Mounted(name),
        1 => Place::Swap(name),
        _ => Place::Unmounted(name),
    });
    (
        (place, text(), text(), text()),
        option::of(any::<u64>()),
        reading(any::<bool>()),
        option::of(one_of(&[
            Exemption::EfiSystem,
            Exemption::Boot,
            Exemption::ReadOnlyImage,
            Exemption::Memory,
            Exemption::Network,
        ])),
        reading(encryption()),
        evidence(),
    )
        .prop_map(
            |(names, size_bytes, removable, exemption, encryption, evidence)| Volume {
                place: names.0,
                device: names.1,
                source: names.2,
                filesystem: names.3,
                size_bytes,
                removable,
                exemption,
                encryption,
                evidence,
            },
        )
        .boxed()
}

fn encryption() -> BoxedStrategy<Encryption> {
    prop_oneof![
        one_of(&[
            EncryptionKind::Luks1,
            EncryptionKind::Luks2,
            EncryptionKind::PlainDmCrypt,
            EncryptionKind::OtherDmCrypt,
            EncryptionKind::Zfs,
            EncryptionKind::BitLocker,
            EncryptionKind::Fscrypt,
            EncryptionKind::Mixed,
        ])
        .prop_map(Encryption::Encrypted),
        one_of(&[
            PlainReason::NoEncryption,
            PlainReason::CipherNull,
            PlainReason::IntegrityOnly,
            PlainReason::UnderWay,
            PlainReason::Suspended,
        ])
        .prop_map(Encryption::Plain),
        text().prop_map(|leg| Encryption::Plain(PlainReason::PlainLeg(leg))),
    ]
    .boxed()
}

fn source() -> BoxedStrategy<PackageSource> {
    one_of(&[
        PackageSource::Dpkg,
        PackageSource::Rpm,
        PackageSource::Flatpak,
        PackageSource::Snap,
        PackageSource::WindowsUninstall,
        PackageSource::Msix,
    ])
    .boxed()
}

fn software() -> BoxedStrategy<Software> {
    let package = (
        (source(), text(), text(), text(), text()),
        option::of(("[a-z]{1,8}", text())),
        one_of(&[PackageState::Installed, PackageState::Broken]),
        option::of("[0-9]{1,5}"),
    )
        .prop_map(|(names, origin, state, user)| Package {
            source: names.0,
            name: names.1,
            architecture: names.2,
            version: names.3,
            vendor: names.4,
            origin,
            state,
            scope: user.map_or(PackageScope::Machine, PackageScope::User),
        });
    (
        vec((source(), reading(any::<u32>())), 0..4),
        vec(package, 0..5),
    )
        .prop_map(|(sources, packages)| Software { sources, packages })
        .boxed()
}

fn exception() -> BoxedStrategy<Exception> {
    let texts = (text(), text(), text(), text());
    (texts, time(), time(), option::of(any::<[u8; 32]>()))
        .prop_map(
            |((rule, owner, reason, approver), from, until, expression)| Exception {
                rule: RuleId(rule),
                expression: expression.map(Fingerprint::from_bytes),
                owner,
                reason,
                approver,
                from,
                until,
            },
        )
        .boxed()
}

fn take_out() -> BoxedStrategy<TakeOut> {
    (time(), time(), text(), text())
        .prop_map(|(from, until, approved_by, purpose)| TakeOut {
            from,
            until,
            approved_by,
            purpose,
        })
        .boxed()
}

pub(crate) fn entry() -> BoxedStrategy<Entry> {
    (
        option::of(one_of(&[
            Registration::Pending,
            Registration::Approved,
            Registration::Suspended,
            Registration::Retired,
            Registration::Lost,
        ])),
        text(),
        option::of(one_of(&[
            DataClass::Public,
            DataClass::Internal,
            DataClass::Confidential,
            DataClass::Secret,
        ])),
        option::of(time()),
        option::of(take_out()),
        any::<bool>(),
        vec(exception(), 0..3),
    )
        .prop_map(
            |(registration, group, data_class, approved_until, take_out, cloned, exceptions)| {
                Entry {
                    registration,
                    group,
                    data_class,
                    approved_until,
                    take_out,
                    cloned,
                    exceptions,
                    silent: None,
                }
            },
        )
        .boxed()
}

pub(crate) fn standing() -> BoxedStrategy<Standing> {
    one_of(&[
        Standing::Compliant,
        Standing::Undecided,
        Standing::Grace,
        Standing::Violation,
    ])
    .boxed()
}

fn past() -> BoxedStrategy<Past> {
    let mended = (time(), time()).prop_map(|(first_failed_at, at)| Mended {
        first_failed_at,
        at,
    });
    (option::of(mended), any::<u32>())
        .prop_map(|(mended, returns)| Past { mended, returns })
        .boxed()
}

fn message() -> BoxedStrategy<Message> {
    (text(), btree_map("[a-z]{1,8}", text(), 0..4))
        .prop_map(|(key, args)| Message {
            key: key.into(),
            args,
        })
        .boxed()
}

pub(crate) fn verdict() -> BoxedStrategy<Verdict> {
    let own =
        (text(), text(), text(), text()).prop_map(|(en, ja, edition_2013, edition_2022)| OwnRule {
            title: Wording { en, ja },
            edition_2013,
            edition_2022,
        });
    let finding = (
        (text(), option::of(own), option::of(exception())),
        one_of(&[
            Outcome::Pass,
            Outcome::NotApplicable,
            Outcome::Unknown,
            Outcome::Fail,
        ]),
        one_of(&[
            Severity::Low,
            Severity::Medium,
            Severity::High,
            Severity::Critical,
        ]),
        any::<bool>(),
        (message(), option::of(message())),
        evidence(),
        (option::of(time()), option::of(time()), past()),
    )
        .prop_map(
            |((rule, own, exception), outcome, severity, counts, messages, evidence, times)| {
                Finding {
                    rule: RuleId(rule),
                    own,
                    outcome,
                    severity,
                    counts,
                    exception,
                    cause: messages.0,
                    remedy: messages.1,
                    evidence,
                    first_failed_at: times.0,
                    due_at: times.1,
                    past: times.2,
                }
            },
        );
    (
        any::<u64>(),
        time(),
        digest(),
        standing(),
        vec(finding, 0..4),
    )
        .prop_map(
            |(sequence, judged_at, policy, standing, findings)| Verdict {
                sequence: Sequence(sequence),
                judged_at,
                policy,
                standing,
                findings,
            },
        )
        .boxed()
}

pub(crate) fn access() -> BoxedStrategy<Access> {
    one_of(&[Access::Full, Access::Restricted, Access::Isolated]).boxed()
}

pub(crate) fn enforcement() -> BoxedStrategy<Enforcement> {
    let probe = (text(), reading(any::<bool>())).prop_map(|(name, open)| Probe { name, open });
    (
        (any::<u64>(), access()),
        reading(access()),
        reading(access()),
        vec(probe, 0..4),
        time(),
        option::of(time()),
        any::<(u64, u64)>(),
        (vec(gap(), 0..4), option::of(refused_order())),
    )
        .prop_map(
            |(desired, applied, verified, probes, observed_at, lifted_until, counts, told)| {
                Enforcement {
                    desired: (Generation(desired.0), desired.1),
                    applied,
                    verified,
                    probes,
                    observed_at,
                    lifted_until,
                    reasserted: counts.0,
                    gaps: told.0,
                    refused: counts.1,
                    last_refused: told.1,
                }
            },
        )
        .boxed()
}

fn gap() -> BoxedStrategy<Gap> {
    let kind = one_of(&[
        GapKind::Frames,
        GapKind::OpenConnections,
        GapKind::Configuration,
        GapKind::Other,
        GapKind::Upgrade,
    ]);
    (kind, text())
        .prop_map(|(kind, detail)| Gap { kind, detail })
        .boxed()
}

fn refused_order() -> BoxedStrategy<RefusedOrder> {
    let why = one_of(&[
        WhyRefused::NotTrusted,
        WhyRefused::Malformed,
        WhyRefused::NotKnown,
        WhyRefused::OtherDevice,
        WhyRefused::Older,
        WhyRefused::Conflicting,
        WhyRefused::Ended,
        WhyRefused::Other,
    ]);
    (time(), why, option::of(1..=u64::MAX), text())
        .prop_map(|(at, why, generation, detail)| RefusedOrder {
            at,
            why,
            generation: generation.map(Generation),
            detail,
        })
        .boxed()
}

pub(crate) fn order() -> BoxedStrategy<Order> {
    let transport = prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)];
    let endpoint = (any::<std::net::IpAddr>(), transport, any::<u16>()).prop_map(
        |(address, transport, port)| Endpoint {
            address,
            transport,
            port,
        },
    );
    (
        device(),
        any::<u64>(),
        access(),
        text(),
        time(),
        option::of(time()),
        option::of("[a-z]{1,8}"),
        vec(endpoint, 0..4),
    )
        .prop_map(
            |(device, generation, access, reason, issued_at, until, incident, allow)| Order {
                device,
                generation: Generation(generation),
                access,
                reason,
                issued_at,
                until,
                incident,
                allow,
            },
        )
        .boxed()
}
