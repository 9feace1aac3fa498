//! What is refused of a section, by name, and what is sent of a fact beyond the limits.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use sekisho_policy::facts::software::PackageScope;
use sekisho_policy::facts::{Encryption, EncryptionKind, LinkKind, Place};
use sekisho_policy::facts::{Evidence, Package, PackageSource, PackageState, Software, Volume};
use sekisho_policy::limits::{EVIDENCE_MAX, TEXT_BYTES_MAX};

use super::*;

fn package(name: &str) -> Package {
    Package {
        source: PackageSource::Dpkg,
        name: name.to_owned(),
        architecture: "amd64".to_owned(),
        version: "1".to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }
}

fn volume(encryption: Reading<Encryption>) -> Volume {
    Volume {
        place: Place::Mounted("/".to_owned()),
        device: "254:0".to_owned(),
        source: "/dev/mapper/root".to_owned(),
        filesystem: "ext4".to_owned(),
        size_bytes: None,
        removable: Reading::Known(false),
        exemption: None,
        encryption,
        evidence: Vec::new(),
    }
}

fn through_the_wire(facts: &Facts, kind: SectionKind) -> Facts {
    let mut received = Facts::not_asked();
    decode(kind, &encode(facts, kind).bytes, &mut received).unwrap();
    received
}

#[track_caller]
fn check_refused(kind: SectionKind, section: &[u8], said: &str) {
    let before = Facts::not_asked();
    let mut facts = before.clone();
    let refusal = decode(kind, section, &mut facts).unwrap_err();
    assert_eq!(refusal.to_string(), said);
    assert_eq!(facts, before, "a refused section must change nothing");
}

#[test]
fn a_zip_bomb_is_refused_by_what_its_frame_states() {
    let bomb = compress(&vec![0; SECTION_BYTES_MAX + 1]).unwrap();
    assert!(bomb.len() < 8 * 1024, "{} bytes", bomb.len());
    assert_eq!(
        decompress(&bomb).unwrap_err().to_string(),
        "a section's body: 33554433 bytes, at most 33554432 are taken"
    );
}

#[test]
fn a_frame_that_hides_its_size_or_holds_more_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    io::Write::write_all(&mut encoder, &[0; 5000]).unwrap();
    let silent = encoder.finish().unwrap();
    let refusal = decompress(&silent).unwrap_err().to_string();
    assert!(refusal.contains("does not state its size"), "{refusal}");

    let mut two = compress(b"one").unwrap();
    two.extend(compress(b"two").unwrap());
    let refusal = decompress(&two).unwrap_err().to_string();
    assert!(refusal.contains("something follows the frame"), "{refusal}");
}

#[test]
fn another_body_than_the_one_announced_is_refused() {
    let frame = compress(b"these bytes").unwrap();
    let refusal = unseal(&frame, Fingerprint::of(b"those bytes")).unwrap_err();
    assert!(
        matches!(refusal, InvalidMessage::OtherDigest { .. }),
        "{refusal}"
    );
}

#[test]
fn two_bytes_a_package_do_not_fill_the_memory() {
    let empty = [0x12, 0x00].repeat(SOFTWARE_ITEMS_MAX + SOFTWARE_SOURCES_MAX + 1);
    let mut section = vec![0x2a];
    prost::encode_length_delimiter(empty.len(), &mut section).unwrap();
    section.extend(empty);
    check_refused(
        SectionKind::Software,
        &section,
        "packages with their sources: 100033 items, at most 100032 are taken",
    );
}

#[test]
fn an_empty_group_hides_no_packages() {
    let packages = [0x12, 0x00].repeat(SOFTWARE_ITEMS_MAX + SOFTWARE_SOURCES_MAX + 1);
    // Field 15 as a group that begins and ends at once: the decoder skips it.
    let group = [0x7b, 0x7c];
    for (outside, inside) in [(&group[..], &[][..]), (&[], &group)] {
        let body = [inside, &packages].concat();
        let mut section = [outside, &[0x2a]].concat();
        prost::encode_length_delimiter(body.len(), &mut section).unwrap();
        section.extend(body);
        check_refused(
            SectionKind::Software,
            &section,
            &format!(
                "packages with their sources: {} items, at most 100032 are taken",
                usize::MAX
            ),
        );
    }
}

#[test]
fn a_section_of_another_kind_is_refused() {
    let mut facts = Facts::not_asked();
    facts.software = Reading::Known(Software::default());
    check_refused(
        SectionKind::Volumes,
        &encode(&facts, SectionKind::Software).bytes,
        "the section is said to be volumes and holds another fact",
    );
}

#[test]
fn a_section_cut_in_the_middle_is_refused() {
    let mut facts = Facts::not_asked();
    facts.volumes = Reading::Known(vec![volume(Reading::Absent)]);
    let whole = encode(&facts, SectionKind::Volumes).bytes;
    let half = whole.get(..whole.len() / 2).unwrap();
    check_refused(SectionKind::Volumes, half, "a section cannot be read");
}

#[test]
fn an_encryption_of_tomorrow_is_unknown_and_never_encrypted() {
    let encrypted = Reading::Known(Encryption::Encrypted(EncryptionKind::Luks2));
    let mut known: wire::Volumes = [volume(encrypted)].as_slice().into();
    for volume in &mut known.volumes {
        volume.encryption = Some(wire::EncryptionReading {
            reading: Some(wire::encryption_reading::Reading::Known(wire::Encryption {
                state: Some(wire::encryption::State::Encrypted(99)),
                plain_leg: String::new(),
            })),
        });
    }
    let section = wire::Section {
        body: Some(Body::Volumes(known)),
    };
    let mut facts = Facts::not_asked();
    decode(SectionKind::Volumes, &section.encode_to_vec(), &mut facts).unwrap();
    let volumes = facts.volumes.known().unwrap();
    assert!(matches!(
        volumes[0].encryption,
        Reading::Unknown(Why::Unreadable(_))
    ));
}

#[test]
fn networks_of_tomorrow_are_other_ones_and_no_place_is_made_of_an_alien_one() {
    let link = wire::NetworkLink {
        name: "lifi0".to_owned(),
        kind: 99,
        addresses: vec![],
        evidence: vec![],
    };
    let network = wire::Network {
        links: Some(wire::NetworkLinksReading {
            reading: Some(wire::network_links_reading::Reading::Known(
                wire::NetworkLinks { links: vec![link] },
            )),
        }),
        place: Some(wire::PlaceReading {
            reading: Some(wire::place_reading::Reading::Known(99)),
        }),
        ..wire::Network::default()
    };
    let section = wire::Section {
        body: Some(Body::Network(network)),
    };
    let mut facts = Facts::not_asked();
    decode(SectionKind::Network, &section.encode_to_vec(), &mut facts).unwrap();
    let network = facts.network.known().unwrap();
    assert_eq!(network.links.known().unwrap()[0].kind, LinkKind::Other);
    assert!(matches!(
        network.place,
        Reading::Unknown(Why::Unreadable(_))
    ));
    assert_eq!(network.wifi, Reading::Unknown(Why::NotAsked));
}

#[test]
fn a_reading_that_was_left_out_was_not_asked() {
    let section = wire::Section {
        body: Some(Body::Host(wire::Host::default())),
    };
    let mut facts = Facts::not_asked();
    decode(SectionKind::Host, &section.encode_to_vec(), &mut facts).unwrap();
    let host = facts.host.known().unwrap();
    assert_eq!(host.serial, Reading::Unknown(Why::NotAsked));
}

#[test]
fn a_million_packages_become_an_unknown_that_names_the_limit() {
    let mut facts = Facts::not_asked();
    facts.software = Reading::Known(Software {
        sources: Vec::new(),
        packages: vec![package("p"); 1_000_000],
    });
    assert_eq!(
        through_the_wire(&facts, SectionKind::Software).software,
        Reading::Unknown(Why::TooLarge(
            "packages: 1000000, at most 100000 are sent".to_owned()
        ))
    );
}

#[test]
fn thirty_thousand_packages_pass() {
    let mut facts = Facts::not_asked();
    facts.software = Reading::Known(Software {
        sources: vec![(PackageSource::Dpkg, Reading::Known(30_000))],
        packages: (0..30_000)
            .map(|n| package(&format!("package-{n}")))
            .collect(),
    });
    assert_eq!(through_the_wire(&facts, SectionKind::Software), facts);
}

#[test]
fn long_texts_and_much_evidence_are_cut_so_that_they_pass() {
    let mut long = volume(Reading::Absent);
    long.source = "関".repeat(TEXT_BYTES_MAX);
    long.evidence = vec![Evidence::new("sysfs", "dm-0"); EVIDENCE_MAX + 10];
    let mut facts = Facts::not_asked();
    facts.volumes = Reading::Known(vec![long]);
    let received = through_the_wire(&facts, SectionKind::Volumes);
    let volume = &received.volumes.known().unwrap()[0];
    assert_eq!(volume.source, "関".repeat(TEXT_BYTES_MAX / 3));
    assert_eq!(volume.evidence.len(), EVIDENCE_MAX);
    assert_eq!(
        volume.evidence.last().unwrap(),
        &Evidence::new("lines left out", "11")
    );
}
