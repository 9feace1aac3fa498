//! `store-load write DIR LANES SEED` writes to a store and says aloud on standard output what was
//! acknowledged, until it is killed. `store-load check DIR ACKS` looks all of it up.
//!
//! Touches the folder it is given.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail};

use sekisho_tests::store_load::{check, open, write};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", dir, lanes, seed] => {
            let store = Arc::new(open(Path::new(dir))?);
            let aloud = Arc::new(Mutex::new(std::io::stdout()));
            write::write(store, lanes.parse()?, seed.parse()?, aloud)
                .await
                .context("writing")
        }
        ["check", dir, acks] => {
            let store = open(Path::new(dir))?;
            let acks = std::fs::read_to_string(acks).context("reading the acknowledgements")?;
            check::check(&store, &acks).await.map(|_| ())
        }
        _ => bail!("store-load write DIR LANES SEED | store-load check DIR ACKS"),
    }
}
