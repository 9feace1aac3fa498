//! Enrolment tokens: made, listed, withdrawn.
//!
//! Touches the store and randomness. Must never keep or log a secret.

use sekisho_policy::time::Span;

use super::{By, Desk, ResponseError, check};
use crate::enrol::TokenSecret;
use crate::limits::{TOKEN_DAYS_MAX, TOKEN_USES_MAX};
use crate::record::{Token, TokenId};

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The group its devices join; empty for the default one.
    pub group: String,
    /// Approve its devices at once.
    pub approves: bool,
    /// How many devices may enrol by it.
    pub uses: u32,
    /// How long it is good for.
    pub valid: Span,
    /// What it is for.
    pub note: String,
}

/// A token with the form that is typed on the laptop, which nobody can make again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeToken {
    /// The token.
    pub token: Token,
    /// The form that is typed.
    pub printed: String,
}

impl Desk {
    /// Makes a token.
    ///
    /// # Errors
    /// [`ResponseError`] when a field cannot stand, the policy has no such group, or the system gives no
    /// random bytes.
    pub async fn token_create(&self, new: &NewToken, by: &By) -> Result<MadeToken, ResponseError> {
        let group = check::field("the group", &new.group)?;
        self.knows_group(&group)?;
        let note = check::field("the note", &new.note)?;
        check::within(
            "the number of uses",
            new.uses.into(),
            1,
            TOKEN_USES_MAX.into(),
        )?;
        let most = Span::from_days(TOKEN_DAYS_MAX).secs().unsigned_abs();
        let seconds = u64::try_from(new.valid.secs()).unwrap_or(0);
        check::within("the validity in seconds", seconds, 1, most)?;
        let secret = TokenSecret::draw().ok_or(ResponseError::NoRandom)?;
        let token = Token {
            id: secret.id(),
            digest: secret.digest(),
            note,
            group,
            approves: new.approves,
            uses_left: new.uses,
            created_at: by.at,
            expires_at: by.at.after(new.valid),
            withdrawn: false,
        };
        let details = vec![
            ("token", hex(token.id)),
            ("group", token.group.clone()),
            ("approves", token.approves.to_string()),
            ("uses", token.uses_left.to_string()),
            ("expires_at", token.expires_at.to_string()),
            ("note", token.note.clone()),
        ];
        let event = by.did_alone("token.created", details);
        self.store.token_add(token.clone(), vec![event]).await?;
        let printed = secret.printed(self.keys.authority.fingerprint());
        Ok(MadeToken { token, printed })
    }

    /// Every token, the newest first.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn token_list(&self) -> Result<Vec<Token>, ResponseError> {
        let mut tokens = self.store.token_list().await?;
        tokens.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
        Ok(tokens)
    }

    /// Withdraws a token: no further device enrols by it.
    ///
    /// # Errors
    /// [`ResponseError::Store`] with `NotFound` when there is none.
    pub async fn token_withdraw(&self, id: TokenId, by: &By) -> Result<(), ResponseError> {
        let event = by.did_alone("token.withdrawn", vec![("token", hex(id))]);
        Ok(self.store.token_withdraw(id, vec![event]).await?)
    }
}

fn hex(id: TokenId) -> String {
    data_encoding::HEXLOWER.encode(&id.0)
}
