//! What comes of several readers together, and of this machine's own products.
//!
//! Touches the antivirus products of this machine.

use super::*;
use sekisho_policy::facts::DefinitionsKind;

/// A product that answers as it is told.
struct Told(Reading<AntivirusProduct>);

impl AntivirusReader for Told {
    fn read(&self, _root: &Root) -> Reading<AntivirusProduct> {
        self.0.clone()
    }
}

fn product() -> AntivirusProduct {
    AntivirusProduct {
        running: Reading::Known(true),
        realtime: Reading::Known(true),
        definitions_kind: DefinitionsKind::Cloud,
        ..AntivirusProduct::named("Third", "Third")
    }
}

#[test]
fn no_product_is_absent_and_a_hidden_one_is_unknown() {
    let root = Root::live();
    let hidden = Told(Reading::Unknown(Why::NotPermitted("/opt".to_owned())));
    let absent = Told(Reading::Absent);
    let there = Told(Reading::Known(product()));
    assert_eq!(gather(&[&absent, &absent], &root), Reading::Absent);
    assert!(matches!(
        gather(&[&absent, &hidden], &root),
        Reading::Unknown(_)
    ));
    assert_eq!(
        gather(&[&hidden, &there], &root),
        Reading::Known(vec![product()])
    );
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
