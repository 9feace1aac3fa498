//! What holds of every expression that is taken for a rule of the company's own, whatever the laptop.
//!
//! Touches nothing. Must never build a laptop that the vocabulary cannot say.
#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use proptest::prelude::*;
use sekisho_policy::document::Policy;
use sekisho_policy::facts::{
    Administrator, Administrators, AntivirusProduct, Definitions, DefinitionsKind, Detection,
    DetectionState, Encryption, EncryptionKind, Facts, Firewall, Host, Network, NetworkPlace,
    Package, PackageScope, PackageSource, PackageState, Place, PlainReason, Platform, Software,
    Tpm, Updates, Volume,
};
use sekisho_policy::finding::{Finding, Outcome};
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge;
use sekisho_policy::limits::EVIDENCE_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{Entry, Registration};
use sekisho_policy::report::Report;
use sekisho_policy::rules::company::Expression;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_policy::words::{Language, say};

const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

/// A comparison or a question, about the whole laptop or (`of` it) about an item of a list.
fn leaf(of: &'static str) -> BoxedStrategy<String> {
    let whole = vec![
        "true",
        "false",
        "host.os_id == 'debian'",
        "host.model.like('*pad*')",
        "has(host.model)",
        "has(host.os_version) && host.os_version in ['12', '13']",
        "device.group == ''",
        "device.approved_days_left >= 0",
        "size(packages) > 1",
        "10 / size(volumes) == 5",
        "size(antivirus) * 9223372036854775807 > 0",
        "device.take_out_approved",
        "firewall.ipv4",
        "tpm.version >= 2",
        "updates.missing == 0 && updates.list_age_days < 7",
        "secure_boot.enabled",
        "size(administrators) < 3",
        "network.place == 'inside'",
    ];
    let item = match of {
        "volumes" => vec![
            "x.encrypted",
            "x.removable",
            "x.exempt",
            "x.encryption == 'luks2'",
            "has(x.encryption)",
            "x.size_mib < 100",
        ],
        "antivirus" => vec![
            "x.running",
            "x.realtime == false",
            "x.definitions_age_hours <= 24",
            "has(x.definitions_version)",
            "x.cloud",
            "x.healthy",
            "x.active_malware == 0",
        ],
        "detections" => vec![
            "x.state == 'active'",
            "x.state in ['removed', 'quarantined']",
            "x.age_days < 3",
        ],
        "packages" => vec![
            "x.name == 'bash'",
            "x.name.like('b*h')",
            "x.version.olderThan('2.0')",
            "x.source in ['deb', 'snap']",
            "has(x.user)",
        ],
        _ => vec![],
    };
    prop::sample::select([whole, item].concat())
        .prop_map(str::to_owned)
        .boxed()
}

/// Leaves joined by everything the language joins with.
fn joined(leaf: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaf.prop_recursive(3, 12, 3, |part| {
        let pair = |sign: &'static str| {
            (part.clone(), part.clone())
                .prop_map(move |(one, other)| format!("({one} {sign} {other})"))
        };
        prop_oneof![
            2 => pair("&&"),
            2 => pair("||"),
            1 => pair("=="),
            1 => pair("!="),
            2 => part.clone().prop_map(|one| format!("!({one})")),
            1 => (part.clone(), part.clone(), part)
                .prop_map(|(asked, one, other)| format!("({asked} ? {one} : {other})")),
        ]
    })
    .boxed()
}

fn expression() -> impl Strategy<Value = String> {
    let over = |list: &'static str| {
        let over = prop::sample::select(vec!["exists", "all"]);
        (over, joined(leaf(list)))
            .prop_map(move |(over, asked)| format!("{list}.{over}(x, {asked})"))
    };
    joined(
        prop_oneof![
            2 => leaf(""),
            1 => over("volumes"),
            1 => over("antivirus"),
            1 => over("detections"),
            1 => over("packages"),
        ]
        .boxed(),
    )
    .prop_filter("a rule that loads", |written| {
        Expression::parse(written).is_ok()
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let flag = any::<bool>;
    let volume = (flag(), flag(), flag(), 0_u64..300).prop_map(|(on, removable, exempt, mib)| {
        let encryption = if on {
            Encryption::Encrypted(EncryptionKind::Luks2)
        } else {
            Encryption::Plain(PlainReason::NoEncryption)
        };
        Volume {
            place: Place::Mounted("/".to_owned()),
            device: "8:1".to_owned(),
            source: "/dev/sda1".to_owned(),
            filesystem: "ext4".to_owned(),
            size_bytes: Some(mib << 20),
            removable: Reading::Known(removable),
            exemption: exempt.then_some(sekisho_policy::facts::Exemption::Boot),
            encryption: Reading::Known(encryption),
            evidence: vec![],
        }
    });
    let product =
        (flag(), flag(), flag(), 0_i64..48).prop_map(|(running, realtime, cloud, age)| {
            AntivirusProduct {
                running: Reading::Known(running),
                realtime: Reading::Known(realtime),
                definitions_kind: if cloud {
                    DefinitionsKind::Cloud
                } else {
                    DefinitionsKind::Pattern
                },
                definitions: if cloud {
                    Reading::Absent
                } else {
                    Reading::Known(Definitions {
                        version: "1".to_owned(),
                        built_at: NOW.after(Span::from_hours(-age)),
                    })
                },
                healthy: Reading::Known(running),
                detections: Reading::Known(vec![Detection {
                    name: "Eicar".to_owned(),
                    at: Reading::Known(NOW.after(Span::from_hours(-age))),
                    state: Reading::Known(if realtime {
                        DetectionState::Removed
                    } else {
                        DetectionState::Active
                    }),
                }]),
                ..AntivirusProduct::named("ClamAV", "")
            }
        });
    let name = prop::sample::select(vec!["bash", "dash", "dropbox"]);
    let version = prop::sample::select(vec!["1.0", "2.0", "3"]);
    let package = (name, version, flag()).prop_map(|(name, version, of_user)| Package {
        source: PackageSource::Dpkg,
        name: name.to_owned(),
        architecture: String::new(),
        version: version.to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: if of_user {
            PackageScope::User("1000".to_owned())
        } else {
            PackageScope::Machine
        },
    });
    (
        prop::collection::vec(volume, 0..4),
        prop::collection::vec(product, 0..3),
        prop::collection::vec(package, 0..4),
        prop::option::of(Just("ThinkPad".to_owned())),
        0_u8..12,
    )
        .prop_map(|(volumes, antivirus, packages, model, absent)| Facts {
            host: Reading::Known(Host {
                hostname: "aiko".to_owned(),
                os_id: "debian".to_owned(),
                os_version: Reading::Known("13".to_owned()),
                os_name: "Debian".to_owned(),
                kernel: "6.12".to_owned(),
                architecture: "x86_64".to_owned(),
                model: model.map_or(Reading::Absent, Reading::Known),
                product_uuid: Reading::Absent,
                serial: Reading::Absent,
                machine_mark: Reading::Absent,
                boot_id: Reading::Absent,
            }),
            volumes: match absent {
                0 => Reading::Absent,
                _ => Reading::Known(volumes),
            },
            antivirus: match absent {
                1 => Reading::Absent,
                _ => Reading::Known(antivirus),
            },
            software: match absent {
                2 => Reading::Absent,
                3 => Reading::Known(Software {
                    sources: vec![(PackageSource::Dpkg, Reading::Absent)],
                    packages: vec![],
                }),
                _ => Reading::Known(Software {
                    sources: vec![(PackageSource::Dpkg, Reading::Known(1))],
                    packages,
                }),
            },
            platform: Reading::Known(platform()),
            network: Reading::Known(Network {
                place: Reading::Known(NetworkPlace::Inside),
                ..Network::not_asked()
            }),
        })
}

fn platform() -> Platform {
    Platform {
        updates: Reading::Known(Updates {
            source: PackageSource::Dpkg,
            listed_at: NOW.after(Span::from_days(-1)),
            count: 0,
            pending: vec![],
            restart_needed: Reading::Absent,
            evidence: vec![],
        }),
        firewall: Reading::Known(Firewall {
            ipv4: Reading::Known(true),
            ipv6: Reading::Absent,
            evidence: vec![],
        }),
        tpm: Reading::Known(Tpm {
            version: Reading::Known(2),
            evidence: vec![],
        }),
        secure_boot: Reading::Absent,
        administrators: Reading::Known(Administrators {
            accounts: vec![Administrator {
                name: "root".to_owned(),
                is_root: true,
                groups: vec![],
            }],
            not_read: vec![],
            evidence: vec![],
        }),
        ..Platform::not_asked()
    }
}

/// The same laptop, of which a part could not be told.
fn darkened(mut facts: Facts, which: u8) -> Facts {
    fn why<T>() -> Reading<T> {
        Reading::Unknown(Why::TimedOut("5 s".to_owned()))
    }
    match which {
        0 => facts.host = why(),
        1 => facts.volumes = why(),
        2 => facts.antivirus = why(),
        3 => facts.software = why(),
        12 => facts.platform = why(),
        13 => facts.network = why(),
        _ => {}
    }
    if let Reading::Known(platform) = &mut facts.platform {
        match which {
            14 => platform.firewall = why(),
            15 => platform.updates = why(),
            16 => platform.tpm = why(),
            17 => platform.administrators = why(),
            _ => {}
        }
    }
    if let Reading::Known(volumes) = &mut facts.volumes {
        for volume in volumes.iter_mut().skip(1) {
            match which {
                4 => volume.encryption = why(),
                5 => volume.removable = why(),
                6 => volume.size_bytes = None,
                _ => {}
            }
        }
    }
    if let Reading::Known(products) = &mut facts.antivirus {
        for product in products.iter_mut().skip(1) {
            match which {
                7 => product.realtime = why(),
                8 => product.running = why(),
                9 => product.definitions = why(),
                18 => product.detections = why(),
                19 => product.healthy = why(),
                20 => {
                    if let Reading::Known(list) = &mut product.detections {
                        list.iter_mut().for_each(|one| one.state = why());
                    }
                }
                _ => {}
            }
        }
    }
    if let (Reading::Known(software), 10) = (&mut facts.software, which) {
        // The source that gave the last package cannot be read.
        software.packages.pop();
        software.sources.push((PackageSource::Snap, why()));
    }
    if let (Reading::Known(host), 11) = (&mut facts.host, which) {
        host.model = why();
        host.os_version = why();
    }
    facts
}

fn judged(expression: &str, facts: Facts) -> Finding {
    let quoted = expression.replace('\\', "\\\\").replace('"', "\\\"");
    let policy = Policy::parse(&format!(
        "format = 1\n[company-rules.own]\ntitle = {{ en = 'a', ja = 'a' }}\n\
         remedy = {{ en = 'a', ja = 'a' }}\nexpression = \"{quoted}\"\n"
    ))
    .expect("a policy");
    let report = Report {
        sequence: Sequence(1),
        taken_at: NOW,
        facts,
    };
    let entry = Entry {
        registration: Some(Registration::Approved),
        ..Entry::unknown()
    };
    let mut verdict = judge(&report, &entry, None, &policy, NOW);
    assert_eq!(verdict, judge(&report, &entry, None, &policy, NOW));
    verdict.findings.remove(0)
}

fn is_told(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Pass | Outcome::Fail)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn what_is_not_known_never_decides(
        expression in expression(), facts in facts(), which in 0_u8..21,
    ) {
        let dark = judged(&expression, darkened(facts.clone(), which));
        let light = judged(&expression, facts);
        if is_told(&dark) {
            prop_assert_eq!(dark.outcome, light.outcome, "{}", expression);
        }
        for finding in [dark, light] {
            prop_assert!(finding.evidence.len() <= EVIDENCE_MAX);
            prop_assert_eq!(finding.counts, finding.outcome != Outcome::Pass);
            for message in std::iter::once(&finding.cause).chain(&finding.remedy) {
                for language in Language::ALL {
                    let said = say(language, message);
                    prop_assert!(said != message.key && !said.contains("{$"), "{}", said);
                }
            }
        }
    }

    #[test]
    fn a_list_of_which_nothing_was_found_tells_as_little_as_one_that_could_not_be_read(
        expression in expression(), facts in facts(),
    ) {
        let why = || Why::TimedOut("5 s".to_owned());
        let unread = Facts {
            volumes: Reading::Unknown(why()),
            software: Reading::Unknown(why()),
            ..facts.clone()
        };
        let nothing = Facts { volumes: Reading::Absent, software: Reading::Absent, ..facts };
        prop_assert_eq!(
            judged(&expression, nothing).outcome,
            judged(&expression, unread).outcome,
            "{}", expression
        );
    }

    #[test]
    fn the_opposite_of_a_rule_is_broken_where_it_is_kept(
        expression in expression(), facts in facts(),
    ) {
        let outcome = judged(&expression, facts.clone()).outcome;
        let opposite = judged(&format!("!({expression})"), facts).outcome;
        let expected = match outcome {
            Outcome::Pass => Outcome::Fail,
            Outcome::Fail => Outcome::Pass,
            Outcome::NotApplicable | Outcome::Unknown => outcome,
        };
        prop_assert_eq!(opposite, expected, "{}", expression);
    }

    #[test]
    fn any_text_is_an_expression_or_is_refused_at_a_place_in_it(
        pieces in prop::collection::vec(piece(), 0..14),
    ) {
        let text = pieces.concat();
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(text.get(error.at..).is_some(), "{} of {:?}", error.at, text);
            prop_assert!(!error.problem.is_empty());
        }
    }
}

/// The pieces that expressions are made of.
fn piece() -> impl Strategy<Value = String> {
    let known = vec![
        "packages",
        "volumes",
        "host",
        "device",
        "x",
        ".exists(x, ",
        ".all(x, ",
        ".name",
        ".size()",
        "has(",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "&&",
        "||",
        "!",
        "==",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "?",
        ":",
        " in ",
        ",",
        ".",
        "'a'",
        "\"",
        "'''",
        "r'",
        "b'",
        "\\",
        "1",
        "9223372036854775808",
        "0x",
        "1.5",
        "1u",
        "null",
        "true",
        "//",
        "\n",
        ".like('*')",
        ".olderThan('1')",
        "`",
        "関所",
        "@result",
        "type",
    ];
    prop_oneof![
        8 => prop::sample::select(known).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<String>(),
    ]
}
