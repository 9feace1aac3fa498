//! `/v1/backup`: the whole store in one file.
//!
//! Touches the store, and a file in the collector's directory that has a name only until it is open.
//! Must never hold the file in memory, nor write where the peer says: the peer may write where the
//! collector may not, and writes the file itself.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::stream;
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;

use super::Office;
use super::error::Refusal;
use crate::limits::BACKUP_PIECE_BYTES;
use crate::response::By;
use crate::store::StoreError;

pub(super) async fn take(State(office): State<Arc<Office>>, by: By) -> Result<Response, Refusal> {
    let path = office.backup_path.lock().await;
    let refused = |cause: io::Error| StoreError::Disk {
        path: path.display().to_string(),
        cause: cause.to_string(),
    };
    // A collector that was killed may have left one.
    remove(&path).await.map_err(refused)?;
    office.desk.backup(path.clone(), &by).await?;
    let file = File::open(&*path).await.map_err(refused)?;
    remove(&path).await.map_err(refused)?;
    let length = file.metadata().await.map_err(refused)?.len();
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = BytesMut::with_capacity(BACKUP_PIECE_BYTES);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, io::Error>((read > 0).then(|| (piece.freeze(), file)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
