//! What reaches the collector's office: requests to the admin interface, and files that an auditor is given.
//!
//! Touches bytes in memory, and a temporary folder for backups. Must never panic but to report a fault.

use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sekisho_collector::admin::json::device::{AlterationJson, KeepJson, RegistrationJson};
use sekisho_collector::admin::json::order::{ChallengeJson, NewOrderJson};
use sekisho_collector::admin::json::take_out::NewTakeOutJson;
use sekisho_collector::admin::json::taken::TakenJson;
use sekisho_collector::admin::json::token::NewTokenJson;
use sekisho_collector::audit::verify::verify;
use sekisho_collector::audit::{LogKey, LogPublicKey, sign_backup};
use sekisho_collector::cli::audit::verify::proof;
use sekisho_collector::record::{Actor, AuditEvent};
use sekisho_collector::store::StoreError;
use sekisho_collector::store::sqlite::{SqliteStore, restore};
use sekisho_policy::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The public key of the log in the corpus, as `audit head` shows it. Its other half is gone.
const LOG_KEY: &str = include_str!("../../fuzz/log.pub");

fn log_key() -> LogPublicKey {
    let bytes = HEXLOWER.decode(LOG_KEY.trim().as_bytes());
    let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    LogPublicKey(bytes.unwrap_or_else(|| panic!("the key of the corpus is none")))
}

/// A request's body, as each shape that the admin interface takes.
pub(super) fn admin_request(bytes: &[u8]) {
    same_again::<NewOrderJson>(bytes);
    same_again::<NewTokenJson>(bytes);
    same_again::<RegistrationJson>(bytes);
    same_again::<AlterationJson>(bytes);
    same_again::<KeepJson>(bytes);
    same_again::<NewTakeOutJson>(bytes);
    same_again::<ChallengeJson>(bytes);
    same_again::<TakenJson>(bytes);
}

fn same_again<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(asked) = serde_json::from_slice::<T>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&asked).unwrap_or_default();
    let again = serde_json::from_slice::<T>(&written);
    assert_eq!(
        again.ok(),
        Some(asked),
        "a request changed as it was written"
    );
}

/// An exported audit log. What verifies must be a beginning of the one log that was signed.
pub(super) fn audit_log(bytes: &[u8]) {
    let key = log_key();
    match verify(bytes, &key, &[]).map(|verified| verified.head) {
        Ok(Some(head)) => assert!(head.verify(&key).is_ok(), "nobody signed {head:?}"),
        Ok(None) => {}
        Err(tampered) => assert!(!tampered.to_string().is_empty()),
    }
}

/// The proof of an entry, or of the log's growth.
pub(super) fn audit_proof(bytes: &[u8]) {
    if let Some(Err(said)) = proof(bytes, &log_key()) {
        assert!(!said.is_empty(), "a refusal without a word");
    }
}

/// A backup, whose signature is put behind it here: nothing that a fuzzer writes would have a right one. What is
/// restored must be a store that opens; of what is refused nothing may be left.
pub(super) fn backup_file(bytes: &[u8]) {
    let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    if let Err(error) = restored(bytes, dir.path()) {
        assert!(
            !dir.path().join("store").exists(),
            "a store is left of a refused backup: {error}"
        );
        assert!(!error.to_string().is_empty());
    }
}

fn restored(bytes: &[u8], dir: &Path) -> Result<(), StoreError> {
    let (backup, store) = (dir.join("a.backup"), dir.join("store"));
    let key = LogKey::from_seed(&[7; 32]).unwrap_or_else(|error| panic!("{error}"));
    let signature = sign_backup(&Sha256::digest(bytes).into(), &key);
    fs::write(&backup, [bytes, &signature].concat()).unwrap_or_else(|error| panic!("{error}"));
    let event = AuditEvent {
        at: Timestamp(0),
        actor: Actor::Collector,
        action: "store.restored",
        device: None,
        details: Vec::new(),
    };
    restore(&backup, &store, &key, event, |_, _| {})?;
    SqliteStore::open(&store, Arc::new(key))
        .unwrap_or_else(|error| panic!("what was restored does not open: {error}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backup_in_the_corpus_is_restored() {
        let bytes = include_bytes!("../../fuzz/corpus/backup_file/tokens");
        let dir = tempfile::tempdir().unwrap();
        // A target whose corpus is refused at the door would show nothing.
        restored(bytes, dir.path()).unwrap();
    }
}
