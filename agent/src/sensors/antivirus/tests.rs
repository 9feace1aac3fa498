//! What comes of several readers together, and of this machine's own products.
//!
//! Touches the antivirus products of this machine, and temporary folders.

use super::*;

/// A product that is there where its place is.
struct Told(&'static str);

impl AntivirusReader for Told {
    fn places(&self) -> &[&'static str] {
        std::slice::from_ref(&self.0)
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct {
            definitions_kind: DefinitionsKind::Cloud,
            ..AntivirusProduct::named(self.0, "Third")
        }
    }

    fn read(&self, _root: &Root) -> AntivirusProduct {
        AntivirusProduct {
            running: Reading::Known(true),
            realtime: Reading::Known(true),
            ..self.named()
        }
    }
}

/// A captured system in which one place may not be looked at.
fn hiding(place: &str) -> (tempfile::TempDir, Root) {
    let tree = tempfile::tempdir().unwrap();
    let index = format!(
        r#"{{"format": "sekisho.capture/1", "agent_version": "0", "taken_at": "2026-11-24T06:00:00Z",
            "host": "", "by_hand": true,
            "paths": {{"{place}": {{"hidden": {{"code": "not_permitted", "what": "/opt"}}}}}}}}"#
    );
    std::fs::write(tree.path().join("sekisho-capture.json"), index).unwrap();
    let root = Root::captured(tree.path()).unwrap();
    (tree, root)
}

#[test]
fn no_product_is_absent_and_a_hidden_one_is_unknown() {
    let (tree, root) = hiding("/opt/hidden");
    std::fs::create_dir(tree.path().join("there")).unwrap();
    let (absent, hidden, there) = (Told("/opt/absent"), Told("/opt/hidden"), Told("/there"));
    assert_eq!(gather(&[&absent, &absent], &root), Reading::Absent);
    assert!(matches!(
        gather(&[&absent, &hidden], &root),
        Reading::Unknown(_)
    ));
    let both = gather(&[&hidden, &absent, &there], &root);
    let both = both.known().unwrap();
    let told: Vec<_> = both
        .iter()
        .map(|product| (&*product.name, product.running.known().copied()))
        .collect();
    assert_eq!(told, [("/there", Some(true)), ("/opt/hidden", None)]);
    assert!(matches!(both[1].healthy, Reading::Unknown(_)), "{both:?}");
}

#[test]
fn every_product_that_may_not_be_looked_at_is_unknown() {
    for reader in READERS {
        let place = reader.places()[0];
        let (_tree, root) = hiding(place);
        let found = gather(&[*reader], &root);
        assert!(matches!(found, Reading::Unknown(_)), "{place}: {found:?}");
        let untold = reader.untold(&Why::NotAsked);
        assert_eq!(untold.running, Reading::Unknown(Why::NotAsked), "{place}");
        assert_eq!(untold.name, reader.named().name);
    }
}

#[test]
fn the_products_of_this_machine_are_read_and_well_formed() {
    match read(&Root::live()) {
        Reading::Known(products) => {
            assert!(products.iter().all(|one| !one.name.is_empty()));
        }
        Reading::Absent => {}
        Reading::Unknown(why) => panic!("{why}"),
    }
}
