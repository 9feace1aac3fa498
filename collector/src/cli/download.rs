//! What is taken out of the collector: written into a new file or to standard output, and, once it is
//! whole there, told to the collector.
//!
//! Touches the admin interface and that file. Must never leave a part of a file behind when it
//! fails, nor one that others than its owner can read, nor call taken what is not whole on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use hyper::Method;
use sha2::{Digest, Sha256};

use sekisho_policy::id::Fingerprint;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::json;
use super::progress::Progress;
use crate::admin::json::taken::TakenJson;
use crate::client::{Client, next_piece};
use crate::response::Outgoing;

/// Where something that is taken out goes.
#[derive(Debug, Args)]
pub(super) struct Destination {
    #[command(flatten)]
    pub(super) common: Common,
    /// The file, which must not exist; - for standard output
    file: PathBuf,
}

impl Destination {
    /// Takes it out, and says so with the catalogue's message `key`.
    pub(super) async fn fill(&self, what: Outgoing, key: &str) -> Result<Exit, Failure> {
        let taken = download(&self.common.client(), what, &self.file).await?;
        if is_stdout(&self.file) {
            return Ok(Exit::Done);
        }
        let TakenJson { bytes, sha256, .. } = taken;
        if self.common.json {
            json(&serde_json::json!({ "file": self.file, "bytes": bytes, "sha256": sha256 }));
        } else {
            let mut paper = self.common.paper();
            let file = self.file.display().to_string();
            let bytes = bytes.to_string();
            paper.line(key, &[("file", &file), ("bytes", &bytes)]);
            paper.print();
        }
        Ok(Exit::Done)
    }
}

/// Asks `client` for what is to be taken out, writes it into `file`, which must not be there yet, or to
/// standard output where that is `-`, and tells the collector that it is whole there.
pub(super) async fn download(
    client: &Client,
    what: Outgoing,
    file: &Path,
) -> Result<TakenJson, Failure> {
    let taken = if is_stdout(file) {
        pour(client, what, io::stdout().lock(), file).await?
    } else {
        fill(client, what, file).await?
    };
    let told = client.send::<TakenJson>(Method::POST, "/v1/taken", &taken);
    match told.await {
        Ok(_) => Ok(taken),
        Err(error) => Err(Failure::Step(format!(
            "{} is whole; but the collector could not be told, and its audit log knows only that it was asked for: {error}",
            file.display()
        ))),
    }
}

/// A file that cannot be read or written.
pub(super) fn failed(path: &Path, cause: io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        cause,
    }
}

pub(super) fn is_stdout(file: &Path) -> bool {
    file == Path::new("-")
}

/// Fills a new file, and sees that it and its name last.
async fn fill(client: &Client, what: Outgoing, path: &Path) -> Result<TakenJson, Failure> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|cause| failed(path, cause))?;
    let synced = async {
        let taken = pour(client, what, &file, path).await?;
        file.sync_all()
            .and_then(|()| {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                // The name is in the folder, which has to last as well.
                File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
            })
            .map_err(|cause| failed(path, cause))?;
        Ok(taken)
    };
    let synced = synced.await;
    if synced.is_err() {
        // What made the writing fail is worth more to the reader than that the rest stays.
        drop(std::fs::remove_file(path));
    }
    synced
}

async fn pour(
    client: &Client,
    what: Outgoing,
    out: impl Write,
    path: &Path,
) -> Result<TakenJson, Failure> {
    let mut body = client.stream(Method::POST, what.route()).await?;
    let mut out = BufWriter::new(out);
    let (mut progress, mut bytes) = (Progress::begin(), 0_u64);
    let mut digest = Sha256::new();
    while let Some(piece) = next_piece(&mut body).await? {
        bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        digest.update(&piece);
        progress.show_bytes(bytes);
        out.write_all(&piece).map_err(|cause| failed(path, cause))?;
    }
    out.flush().map_err(|cause| failed(path, cause))?;
    Ok(TakenJson {
        what: what.name().to_owned(),
        bytes,
        sha256: Fingerprint::from_bytes(digest.finalize().into()).to_string(),
    })
}
