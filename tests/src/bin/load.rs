//! `load store|outbox|pair write …` writes and says aloud on standard output what was acknowledged, until
//! it is killed. `load store check DIR ACKS` looks all of it up.
//!
//! Touches the folder it is given.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail};

use sekisho_tests::store_load::{check, open, write};
use sekisho_tests::{outbox_load, pair_load};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["store", "write", dir, lanes, seed] => {
            let store = Arc::new(open(Path::new(dir))?);
            let aloud = Arc::new(Mutex::new(std::io::stdout()));
            let written = write::write(store, lanes.parse()?, seed.parse()?, aloud);
            runtime()?.block_on(written).context("writing")
        }
        ["store", "check", dir, acks] => {
            let store = open(Path::new(dir))?;
            let acks = std::fs::read_to_string(acks).context("reading the acknowledgements")?;
            runtime()?.block_on(check::check(&store, &acks)).map(|_| ())
        }
        ["outbox", "write", dir, seed] => outbox_load::write(Path::new(dir), seed.parse()?),
        ["pair", "write", dir, address, seed] => {
            pair_load::write::write(Path::new(dir), address.parse()?, seed.parse()?)
        }
        _ => bail!(
            "load store write DIR LANES SEED | load store check DIR ACKS | \
             load outbox write DIR SEED | load pair write DIR ADDRESS SEED"
        ),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("starting the runtime")
}
