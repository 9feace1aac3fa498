//! A captured Windows laptop, put together for tests.
//!
//! Touches a folder of its own. Must never answer what a test did not put there.

use std::path::PathBuf;

use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;
use serde_json::Value;

use crate::sensors::{FORMAT, INDEX, Index, Root, WINDOWS};

/// What it answers.
pub(super) struct Laptop(tempfile::TempDir);

impl Laptop {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let index = Index {
            format: FORMAT.to_owned(),
            agent_version: "0.1.0".to_owned(),
            taken_at: Time(Timestamp(0)),
            host: "AIKO".to_owned(),
            system: Some(WINDOWS.to_owned()),
            by_hand: true,
            late: [].into(),
            paths: [].into(),
        };
        let list = serde_json::to_vec(&index).unwrap();
        std::fs::write(dir.path().join(INDEX), list).unwrap();
        Self(dir)
    }

    fn place(&self, name: &str) -> PathBuf {
        self.0.path().join("var/lib/sekisho-capture").join(name)
    }

    /// Has the registry answer this; only what is named so in the reader is asked.
    pub(super) fn registry(self, name: &str, answer: &Value) -> Self {
        self.answer(&format!("registry/{name}.json"), answer)
    }

    pub(super) fn answer(self, name: &str, answer: &Value) -> Self {
        let place = self.place(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, answer.to_string()).unwrap();
        self
    }

    pub(super) fn root(&self) -> Root {
        let root = Root::captured(self.0.path()).unwrap();
        assert!(root.is_windows());
        root
    }
}
