//! A policy document in a file.
//!
//! Touches the file it is given, or standard input. Must never hold more than one byte past the limit.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sekisho_policy::limits::POLICY_BYTES_MAX;

use crate::cli::failure::Failure;
use crate::response::ResponseError;

/// Reads a document and one byte past the limit, so that one that is too large is known for it.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let file = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let limit = u64::try_from(POLICY_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(file)?;
    if bytes.len() > POLICY_BYTES_MAX {
        let size = path
            .metadata()
            .map(|metadata| metadata.len())
            .unwrap_or(limit);
        let refused = format!("it has {size} bytes; at most {POLICY_BYTES_MAX} are allowed");
        return Err(ResponseError::BadPolicy(refused).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ResponseError::BadPolicy(format!("byte {at} of the document is not UTF-8")).into()
    })
}
