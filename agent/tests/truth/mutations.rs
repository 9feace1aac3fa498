//! The decisions that must not be turned over without a case going red: a reader that is made generous must
//! not go unseen.
//!
//! Touches the sources, reading only. Must never list a decision that is no longer there: then it has to be
//! tried anew. `mutate.sh` beside this file tries them.

use std::fs;
use std::path::Path;

/// The file below the agent's or the policy's sources, what stands there once, what is put in its place, and
/// the test that must go red.
const LIST: &str = include_str!("mutations.list");

#[test]
fn every_decision_that_was_tried_is_still_there_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut count = 0;
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, from, to, _red] = fields[..] else {
            panic!("four fields between tabs: {line:?}");
        };
        assert_ne!(from, to, "{line}");
        let text = fs::read_to_string(root.join(path)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{path}: {from}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
