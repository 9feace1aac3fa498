//! Enrolment tokens in JSON.
//!
//! Touches nothing. Must never show a secret but in the answer to its making.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

use crate::record::{Token, TokenId};

/// Every token: `GET /v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensJson {
    /// Withdrawn and used-up ones among them.
    pub tokens: Vec<TokenJson>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenJson {
    /// Its name.
    pub id: String,
    /// What it was made for.
    pub note: String,
    /// The group its devices join.
    pub group: String,
    /// Its devices are approved at once.
    pub approves: bool,
    /// How many more devices may enrol by it.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// It has been withdrawn.
    pub withdrawn: bool,
}

/// A token to make: `POST /v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTokenJson {
    /// The group its devices join; empty for the default one.
    #[serde(default)]
    pub group: String,
    /// Approve its devices at once.
    #[serde(default)]
    pub approve: bool,
    /// How many devices may enrol by it.
    pub uses: u32,
    /// How long it is good for, in seconds.
    pub valid_secs: u64,
    /// What it is for.
    #[serde(default)]
    pub note: String,
}

/// A token that was made, with its secret: shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeTokenJson {
    /// The token.
    #[serde(flatten)]
    pub row: TokenJson,
    /// What is given to `sekisho-agent enroll --token`.
    pub token: String,
}

impl From<&Token> for TokenJson {
    fn from(token: &Token) -> Self {
        Self {
            id: name(token.id),
            note: token.note.clone(),
            group: token.group.clone(),
            approves: token.approves,
            uses_left: token.uses_left,
            created_at: Time(token.created_at),
            expires_at: Time(token.expires_at),
            withdrawn: token.withdrawn,
        }
    }
}

/// A token's name as it is written.
#[must_use]
pub fn name(id: TokenId) -> String {
    HEXLOWER.encode(&id.0)
}

/// The name that is written so. `None` when it is no name of a token.
#[must_use]
pub fn parse(text: &str) -> Option<TokenId> {
    let bytes = HEXLOWER.decode(text.to_ascii_lowercase().as_bytes()).ok()?;
    bytes.try_into().ok().map(TokenId)
}
