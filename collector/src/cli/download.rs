//! What the collector hands over in pieces, written into a new file or to standard output.
//!
//! Touches the admin interface and that file. Must never leave a part of a file behind when it
//! fails, nor one that others than its owner can read.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hyper::Method;

use super::failure::Failure;
use super::progress::Progress;
use crate::client::{Client, next_piece};

/// Asks `client` for what is at `route` and writes it into `file`, which must not be there yet, or to
/// standard output where that is `-`.
pub(super) async fn download(
    client: &Client,
    method: Method,
    route: &str,
    file: &Path,
) -> Result<(), Failure> {
    if file == Path::new("-") {
        let mut body = client.stream(method, route).await?;
        let mut out = io::stdout().lock();
        while let Some(piece) = next_piece(&mut body).await? {
            out.write_all(&piece).map_err(|cause| failed(file, cause))?;
        }
        return out.flush().map_err(|cause| failed(file, cause));
    }
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|cause| failed(file, cause))?;
    let written = pour(client, method, route, opened, file).await;
    if written.is_err() {
        // What made the writing fail is worth more to the reader than that the rest stays.
        drop(std::fs::remove_file(file));
    }
    written
}

/// A file that cannot be read or written.
pub(super) fn failed(path: &Path, cause: io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        cause,
    }
}

async fn pour(
    client: &Client,
    method: Method,
    route: &str,
    file: File,
    path: &Path,
) -> Result<(), Failure> {
    let mut body = client.stream(method, route).await?;
    let mut file = BufWriter::new(file);
    let (mut progress, mut bytes) = (Progress::begin(), 0_u64);
    while let Some(piece) = next_piece(&mut body).await? {
        bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        progress.show_bytes(bytes);
        file.write_all(&piece)
            .map_err(|cause| failed(path, cause))?;
    }
    let file = file
        .into_inner()
        .map_err(|error| failed(path, error.into_error()))?;
    file.sync_all().map_err(|cause| failed(path, cause))?;
    // The name is in the folder, which has to last as well.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| failed(path, cause))
}
