//! A load on a real collector and real agents that says aloud what was acknowledged to people and to
//! laptops, and the check that all of it is there after a power cut.
//!
//! Touches the company's folder it is given and the programs it starts. Must never say that a thing is
//! acknowledged before a program has said so.

pub mod acked;
pub mod check;
pub mod write;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::guest::run;
use crate::world::{World, said};

/// The laptops of the company.
pub const LAPTOPS: [&str; 3] = ["aiko", "botan", "chiyo"];

/// A company whose laptops are enrolled, and where everything is switched off.
#[derive(Debug)]
pub struct Pair {
    world: World,
}

impl Pair {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn make() -> Self {
        let mut world = World::new();
        for name in LAPTOPS {
            let token = world.token(&["--approve"]);
            let enrolled = world.laptop(name).enrol(&world.enrolment_address(), &token);
            assert!(enrolled.status.success(), "{name}: {}", said(&enrolled));
        }
        world.stop_collector();
        Self { world }
    }

    /// The address its collector listens on, wherever it is copied to.
    #[must_use]
    pub const fn address(&self) -> Ipv4Addr {
        self.world.address()
    }

    /// Copies all its files.
    ///
    /// # Errors
    /// When they cannot be copied.
    pub fn copy_to(&self, dir: &Path) -> anyhow::Result<()> {
        ensure!(!dir.exists(), "{} is in the way", dir.display());
        run(Command::new("cp").arg("-a").arg(self.world.dir()).arg(dir))?;
        // mke2fs takes no sockets.
        remove_sockets(dir)
    }
}

fn remove_sockets(dir: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_sockets(&entry.path())?;
        } else if entry.file_name().to_string_lossy().ends_with(".sock") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The number at a place of an answer (RFC 6901).
fn number(answer: &Value, pointer: &str) -> Option<u64> {
    answer.pointer(pointer).and_then(Value::as_u64)
}

/// The text at a place of an answer.
fn text<'a>(answer: &'a Value, pointer: &str) -> Option<&'a str> {
    answer.pointer(pointer).and_then(Value::as_str)
}
