//! The printed form of an enrolment token.
//!
//! Touches nothing. Must never show the secret part in an error or a debug form.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD_NOCASE;
use thiserror::Error;

use sekisho_policy::id::Fingerprint;

/// What every token begins with: the product and the version of the form.
const PREFIX: &str = "sekisho1";
/// Bytes of the secret part.
const SECRET_BYTES: usize = 20;
/// Characters of the longest text that is looked at.
const TEXT_CHARS_MAX: usize = 200;

/// A token as an administrator hands it over: a secret, and the fingerprint of the root certificate
/// of the collector it is for.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintedToken {
    /// The secret part, which is sent.
    pub secret: [u8; SECRET_BYTES],
    /// SHA-256 of the root certificate in DER, which is not.
    pub root: Fingerprint,
}

impl fmt::Debug for PrintedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrintedToken(…, root {})", self.root)
    }
}

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidToken {
    /// It does not look like one.
    #[error(
        "this is not a token; one looks like sekisho1.….… and is printed by: sekisho-collector token create"
    )]
    NotAToken,
    /// It looks like one and was cut or mistyped.
    #[error("the token is incomplete or mistyped; copy the whole of it, from sekisho1 to the end")]
    Mistyped,
}

impl FromStr for PrintedToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > TEXT_CHARS_MAX {
            return Err(InvalidToken::NotAToken);
        }
        let mut parts = text.split('.');
        if !parts
            .next()
            .is_some_and(|first| first.eq_ignore_ascii_case(PREFIX))
        {
            return Err(InvalidToken::NotAToken);
        }
        let mut part = || {
            let text = parts.next().ok_or(InvalidToken::Mistyped)?;
            BASE32_NOPAD_NOCASE
                .decode(text.as_bytes())
                .map_err(|_| InvalidToken::Mistyped)
        };
        let (secret, root) = (part()?, part()?);
        if parts.next().is_some() {
            return Err(InvalidToken::Mistyped);
        }
        Ok(Self {
            secret: secret.try_into().map_err(|_| InvalidToken::Mistyped)?,
            root: <[u8; 32]>::try_from(root)
                .map(Fingerprint::from_bytes)
                .map_err(|_| InvalidToken::Mistyped)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed() -> String {
        let encode = |bytes: &[u8]| BASE32_NOPAD_NOCASE.encode(bytes).to_lowercase();
        format!("sekisho1.{}.{}", encode(&[5; 20]), encode(&[9; 32]))
    }

    #[test]
    fn a_printed_token_is_read_in_either_case_and_with_spaces_around() {
        let token: PrintedToken = format!(" {}\n", printed().to_uppercase()).parse().unwrap();
        assert_eq!(token.secret, [5; 20]);
        assert_eq!(token.root, Fingerprint::from_bytes([9; 32]));
        assert!(!format!("{token:?}").contains("05"));
    }

    #[test]
    fn a_token_cut_anywhere_is_refused() {
        let whole = printed();
        for at in 0..whole.len() {
            assert!(whole[..at].parse::<PrintedToken>().is_err(), "cut at {at}");
        }
    }
}
