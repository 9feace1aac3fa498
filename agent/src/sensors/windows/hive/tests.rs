//! Files of users' registries: one that another program has written, and some that nobody should have.
//!
//! Touches nothing.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const KEN: &[u8] = include_bytes!("../../../../testdata/hive/ken.dat");
const PATH: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall";
const VALUES: &[&str] = &[
    "DisplayName",
    "DisplayVersion",
    "Publisher",
    "EstimatedSize",
];

fn below(bytes: &[u8], path: &str) -> Result<Option<Key>, HiveError> {
    let mut room = KEYS_MAX;
    Hive::open(Cursor::new(bytes))?.below(path, VALUES, &mut room)
}

/// The bytes with a base block that fits them again.
fn settled(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&bytes).unwrap();
    bytes[508..512].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn with_number(mut bytes: Vec<u8>, at: usize, number: u32) -> Vec<u8> {
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    bytes
}

#[test]
fn the_programs_of_a_user_are_found_in_a_file_that_another_program_wrote() {
    let key = below(KEN, PATH).unwrap().unwrap();
    let name = |key: &str| key_of(key).text("DisplayName").map(ToOwned::to_owned);
    fn key_of(name: &str) -> Key {
        below(KEN, PATH).unwrap().unwrap().keys[name].clone()
    }
    assert_eq!(
        key.keys.keys().collect::<Vec<_>>(),
        [
            "ZoomUMX",
            "nameless",
            "update",
            "{6F320B93-EE3C-4826-85E0-ADF79F8D4C61}",
            "サクラエディタ",
        ]
    );
    assert_eq!(name("ZoomUMX").unwrap(), "Zoom Workplace (64-bit)");
    assert_eq!(name("サクラエディタ").unwrap(), "サクラエディタ 2.4.2");
    assert_eq!(name("nameless"), None);
    let odd = key_of("{6F320B93-EE3C-4826-85E0-ADF79F8D4C61}");
    assert_eq!(odd.text("DisplayName"), Some("gpj.exe\u{202e} evil"));
    // Written as bytes, it is no text here either.
    assert_eq!(odd.text("DisplayVersion"), None);
    assert_eq!(key_of("ZoomUMX").number("EstimatedSize"), Some(0x49c00));
    // What nobody asked for stays where it is.
    assert_eq!(key_of("ZoomUMX").values.len(), 4);
    assert_eq!(below(KEN, r"Software\Nobody\Uninstall").unwrap(), None);
    let other = below(KEN, &PATH.to_uppercase()).unwrap().unwrap();
    assert_eq!(other, key, "names of keys have no case");
}

#[test]
fn a_file_whose_log_was_not_played_back_says_so() {
    let is_stale = |bytes: &[u8]| Hive::open(Cursor::new(bytes)).unwrap().is_stale();
    assert!(!is_stale(KEN));
    assert!(is_stale(&settled(with_number(KEN.to_vec(), 8, 77))));
}

/// A file made of cells.
struct Made(Vec<u8>);

impl Made {
    fn new() -> Self {
        Self(vec![0; BASE_BYTES])
    }

    fn cell(&mut self, content: &[u8]) -> u32 {
        let place = u32::try_from(self.0.len() - BASE_BYTES).unwrap();
        let length = i32::try_from((content.len() + 4).next_multiple_of(8)).unwrap();
        self.0.extend((-length).to_le_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        place
    }

    fn key(&mut self, name: &str, keys: u32, list: u32) -> u32 {
        let mut cell = vec![0; 76];
        cell[..2].copy_from_slice(b"nk");
        cell[2] = 0x20;
        cell[72] = u8::try_from(name.len()).unwrap();
        cell.extend(name.as_bytes());
        let cell = with_number(with_number(cell, 20, keys), 28, list);
        self.cell(&cell)
    }

    fn list(&mut self, kind: &[u8; 2], places: &[u32]) -> u32 {
        let mut cell = kind.to_vec();
        cell.extend(u16::try_from(places.len()).unwrap().to_le_bytes());
        for place in places {
            cell.extend(place.to_le_bytes());
            if [b"lf", b"lh"].contains(&kind) {
                cell.extend([0; 4]);
            }
        }
        self.cell(&cell)
    }

    fn finished(mut self, root: u32) -> Vec<u8> {
        let bytes = u32::try_from(self.0.len() - BASE_BYTES).unwrap();
        self.0[..4].copy_from_slice(b"regf");
        let with_version = with_number(self.0, 20, 1);
        settled(with_number(with_number(with_version, 36, root), 40, bytes))
    }
}

/// A file with a key `a`, below which is what `listed` puts there: how many, and the list of them.
fn of(listed: impl FnOnce(&mut Made) -> (u32, u32)) -> Vec<u8> {
    let mut made = Made::new();
    let (count, list) = listed(&mut made);
    let a = made.key("a", count, list);
    let top = made.list(b"lh", &[a]);
    let root = made.key("ROOT", 1, top);
    made.finished(root)
}

fn names(bytes: &[u8]) -> Result<Vec<String>, HiveError> {
    let found = below(bytes, "A")?.expect("the key is there");
    Ok(found.keys.into_keys().collect())
}

#[test]
fn every_kind_of_list_is_followed() {
    for kind in [b"li", b"lf", b"lh"] {
        let bytes = of(|made| {
            let places = ["x", "y"].map(|name| made.key(name, 0, NOWHERE));
            (2, made.list(kind, &places))
        });
        assert_eq!(names(&bytes).unwrap(), ["x", "y"], "{kind:?}");
    }
    let bytes = of(|made| {
        let places = ["x", "y", "z"].map(|name| made.key(name, 0, NOWHERE));
        let lists = [
            made.list(b"lh", &places[..2]),
            made.list(b"li", &places[2..]),
        ];
        (3, made.list(b"ri", &lists))
    });
    assert_eq!(names(&bytes).unwrap(), ["x", "y", "z"]);
}

#[test]
fn what_a_file_says_of_itself_has_limits() {
    let damaged = |bytes: &[u8]| matches!(names(bytes), Err(HiveError::Damaged(_)));
    let too_large = |bytes: &[u8]| matches!(names(bytes), Err(HiveError::TooLarge(_)));
    assert!(damaged(b""), "nothing");
    assert!(damaged(&of(|made| {
        let x = made.key("x", 0, NOWHERE);
        (2, made.list(b"lh", &[x]))
    })));
    assert!(damaged(&of(|_| (1, NOWHERE))), "no list where one is named");
    assert!(
        damaged(&of(|made| {
            let place = u32::try_from(made.0.len() - BASE_BYTES).unwrap();
            (1, made.list(b"ri", &[place]))
        })),
        "a list of lists that is its own"
    );
    assert!(too_large(&of(|made| {
        let x = made.key("x", 0, NOWHERE);
        (1_000_000, made.list(b"lh", &[x]))
    })));
    // A list of one key many times over.
    let many = of(|made| {
        let x = made.key("x", 0, NOWHERE);
        let list = made.list(b"li", &vec![x; 50_000]);
        (20_000, made.list(b"ri", &[list]))
    });
    assert!(too_large(&many));
    let whole = settled(with_number(KEN.to_vec(), 20, 2));
    assert!(below(&whole, PATH).is_err(), "another version");
    let mut torn = KEN.to_vec();
    torn[100] ^= 1;
    assert!(below(&torn, PATH).is_err(), "another checksum");
}

#[test]
fn a_file_that_ends_anywhere_is_told_from_a_whole_one() {
    let whole = below(KEN, PATH).unwrap();
    for end in (0..KEN.len()).step_by(8) {
        match below(&KEN[..end], PATH) {
            Ok(found) => assert_eq!(found, whole, "{end}"),
            Err(HiveError::Damaged(_)) => {}
            Err(other) => panic!("{end}: {other}"),
        }
    }
}

proptest! {
    #[test]
    fn no_change_of_a_file_breaks_the_reader(
        changes in prop::collection::vec((0..KEN.len() - 4, any::<u32>()), 1..8),
    ) {
        let bytes = changes.iter().fold(KEN.to_vec(), |bytes, (at, number)| {
            with_number(bytes, *at, *number)
        });
        let _told = below(&settled(bytes), PATH);
    }
}
