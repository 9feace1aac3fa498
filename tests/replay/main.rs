//! Replays the fuzzer's corpus: what once broke a parser, and what shows its shape, stays harmless.
//!
//! Touches `fuzz/corpus`, reading only. Must never pass with a target that has no corpus.

use std::fs;
use std::path::Path;

use sekisho_tests::fuzz::TARGETS;

#[test]
fn nothing_in_the_corpus_breaks_a_parser() {
    let corpus_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        let mut files = 0;
        for entry in fs::read_dir(corpus_dir.join(name)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
            files += 1;
        }
        assert!(files > 0, "{name} has no corpus");
    }
}

#[test]
fn every_target_has_its_program() {
    let fuzz_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(fuzz_dir.join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let program = fs::read_to_string(fuzz_dir.join(format!("targets/{name}.rs"))).unwrap();
        assert!(
            program.contains(&format!("run(\"{name}\"")),
            "{name}: another target is called"
        );
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in the manifest"
        );
    }
}

/// Every prefix, and every byte turned over, of each file: cheap, and finds most of what a minute
/// of fuzzing does.
#[test]
fn nothing_near_the_corpus_breaks_a_parser() {
    const BYTES_MAX: usize = 120;
    let corpus_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        for entry in fs::read_dir(corpus_dir.join(name)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let whole = bytes.len().min(BYTES_MAX);
            for place in 0..whole {
                target(&bytes[..place]);
                let mut turned = bytes.clone();
                turned[place] = !turned[place];
                target(&turned);
            }
        }
    }
}
