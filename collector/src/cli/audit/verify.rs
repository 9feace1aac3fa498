//! `audit verify`: an exported log, the proof of an entry, or the proof of the log's growth, by the public
//! key alone.
//!
//! Touches the files it is given. Must never take the key from what it is to verify.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;
use serde_json::{Value, json};

use sekisho_policy::id::Fingerprint;
use sekisho_policy::merkle::{leaf_hash, root_of};

use crate::admin::json::audit::{EntryJson, GrowthJson, HeadJson, ProofJson};
use crate::audit::consistency::proves_consistency;
use crate::audit::verify::{Verified as VerifiedLog, verify as verify_log};
use crate::audit::{AuditHead, LogPublicKey};
use crate::cli::download::failed;
use crate::cli::failure::Failure;
use crate::cli::init::chain;
use crate::store::AuditRoot;

/// Bytes of a proof. The largest has an entry of some tens of KiB and 64 hashes.
const PROOF_BYTES_MAX: u64 = 1024 * 1024;

/// What was verified.
#[derive(Debug)]
pub enum Verified {
    /// A whole log.
    Log(VerifiedLog),
    /// That an entry stands in the log of the head.
    Entry(u64, AuditRoot),
    /// That the first is the beginning of the second.
    Growth(AuditRoot, AuditRoot),
}

/// What `audit proof` gives.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Proof {
    Entry(Box<ProofJson>),
    Growth(Box<GrowthJson>),
}

/// Verifies what is in the file. Every known head must be in it.
pub(super) fn file(file: &Path, key: &Path, known: &[AuditRoot]) -> Result<Verified, Failure> {
    let key = public_key(key)?;
    let wrong = |what: String| Failure::Step(format!("{}: {what}", file.display()));
    let opened = || File::open(file).map_err(|cause| failed(file, cause));
    let mut beginning = Vec::new();
    opened()?
        .take(PROOF_BYTES_MAX)
        .read_to_end(&mut beginning)
        .map_err(|cause| failed(file, cause))?;
    // A log has many lines, and so is no one value in JSON.
    let Some(verified) = proof(&beginning, &key) else {
        return verify_log(BufReader::new(opened()?), &key, known)
            .map(Verified::Log)
            .map_err(|error| wrong(chain(&error)));
    };
    let verified = verified.map_err(wrong)?;
    for known in known {
        let told = match &verified {
            Verified::Log(_) => true,
            Verified::Entry(_, root) => root == known,
            Verified::Growth(earlier, later) => earlier == known || later == known,
        };
        if !told {
            let AuditRoot { size, root } = known;
            return Err(wrong(format!(
                "it proves nothing of the head {size}:{root} that was noted down"
            )));
        }
    }
    Ok(verified)
}

/// Verifies the proof of an entry or of the log's growth. `None` when the bytes are neither.
///
/// # Errors
/// What of it was altered.
#[must_use]
pub fn proof(bytes: &[u8], key: &LogPublicKey) -> Option<Result<Verified, String>> {
    Some(match serde_json::from_slice::<Proof>(bytes).ok()? {
        Proof::Entry(proof) => entry(&proof, key),
        Proof::Growth(proof) => growth(&proof, key),
    })
}

fn entry(proof: &ProofJson, key: &LogPublicKey) -> Result<Verified, String> {
    let head = signed(&proof.head, key)?;
    let not_as_written = || "it is no proof as `audit proof` gives it".to_owned();
    let bytes = BASE64
        .decode(proof.entry.entry.as_bytes())
        .map_err(|_| not_as_written())?;
    // What the proof shows in words must be what its bytes say.
    let said = EntryJson::of(proof.entry.index, &bytes);
    if said.ok().as_ref() != Some(&proof.entry) {
        return Err(
            "the entry was altered: its words are not those under the signature".to_owned(),
        );
    }
    let path = hashes(&proof.path).ok_or_else(not_as_written)?;
    let path: Vec<_> = path.iter().map(|hash| *hash.as_bytes()).collect();
    let AuditRoot { size, root } = head.root;
    if root_of(leaf_hash(&bytes), proof.entry.index, size, &path) == Some(*root.as_bytes()) {
        Ok(Verified::Entry(proof.entry.index, head.root))
    } else {
        Err("the entry does not stand in the log that the head signs; it was altered".to_owned())
    }
}

fn growth(proof: &GrowthJson, key: &LogPublicKey) -> Result<Verified, String> {
    let (earlier, later) = (signed(&proof.earlier, key)?, signed(&proof.later, key)?);
    let hashes = hashes(&proof.proof);
    if hashes.is_some_and(|hashes| proves_consistency(earlier.root, later.root, &hashes)) {
        Ok(Verified::Growth(earlier.root, later.root))
    } else {
        Err(
            "the earlier log is not the beginning of the later one; entries were altered"
                .to_owned(),
        )
    }
}

fn signed(head: &HeadJson, key: &LogPublicKey) -> Result<AuditHead, String> {
    let head = head.head().ok_or("its head is not one")?;
    head.verify(key).map_err(|error| error.to_string())?;
    Ok(head)
}

fn hashes(written: &[String]) -> Option<Vec<Fingerprint>> {
    written.iter().map(|hash| hash.parse().ok()).collect()
}

impl Verified {
    /// For programs.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Log(verified) => {
                let head = verified.head.as_ref();
                json!({
                    "verified": true,
                    "size": head.map_or(0, |head| head.root.size),
                    "root": head.map(|head| head.root.root.to_string()),
                    "signed_at": head.map(|head| head.at.to_string()),
                    "heads": verified.heads,
                    "routine_reports": verified.routine_reports,
                })
            }
            Self::Entry(index, AuditRoot { size, root }) => json!({
                "verified": true,
                "index": index,
                "size": size,
                "root": root.to_string(),
            }),
            Self::Growth(earlier, later) => json!({
                "verified": true,
                "from": earlier.size,
                "from_root": earlier.root.to_string(),
                "size": later.size,
                "root": later.root.to_string(),
            }),
        }
    }

    /// For people: a message of the catalogue and its arguments.
    pub(super) fn said(&self) -> (&'static str, Vec<(&'static str, String)>) {
        match self {
            Self::Log(verified) => {
                let size = verified.head.as_ref().map_or(0, |head| head.root.size);
                ("admin-verified-log", vec![("count", size.to_string())])
            }
            Self::Entry(index, root) => (
                "admin-verified-entry",
                vec![
                    ("index", index.to_string()),
                    ("count", root.size.to_string()),
                ],
            ),
            Self::Growth(earlier, later) => (
                "admin-verified-growth",
                vec![
                    ("from", earlier.size.to_string()),
                    ("count", later.size.to_string()),
                ],
            ),
        }
    }
}

fn public_key(path: &Path) -> Result<LogPublicKey, Failure> {
    let length = std::fs::metadata(path)
        .map_err(|cause| failed(path, cause))?
        .len();
    let none = || {
        let what =
            "does not hold a public key; it is 64 hexadecimal digits, as `audit head` shows them";
        Failure::Step(format!("{} {what}", path.display()))
    };
    if length > 1024 {
        return Err(none());
    }
    let text = std::fs::read_to_string(path).map_err(|cause| failed(path, cause))?;
    let bytes = HEXLOWER_PERMISSIVE
        .decode(text.trim().as_bytes())
        .map_err(|_| none())?;
    bytes.try_into().map(LogPublicKey).map_err(|_| none())
}
