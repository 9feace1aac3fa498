//! A token's secret: drawn, printed once, and known afterwards by its digest alone.
//!
//! Touches randomness. Must never be stored or logged.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use data_encoding::{BASE32_NOPAD, Encoding};

use sekisho_policy::id::Fingerprint;

use crate::record::TokenId;

/// What a printed token begins with: the version of its form.
const PREFIX: &str = "sekisho1";

/// The secret of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenSecret([u8; 20]);

impl TokenSecret {
    /// Draws a new one. `None` when the system gives no random bytes.
    #[must_use]
    pub fn draw() -> Option<Self> {
        let mut bytes = [0; 20];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// What the store keeps of it.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> TokenId {
        token_id(self.digest())
    }

    /// The form that is typed: the secret, and the SHA-256 of the root certificate that pins whom the
    /// laptop will give it to.
    #[must_use]
    pub fn printed(&self, root: Fingerprint) -> String {
        let base32 = lower_case();
        format!(
            "{PREFIX}.{}.{}",
            base32.encode(&self.0),
            base32.encode(root.as_bytes())
        )
    }

    /// The bytes that travel at enrolment.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

/// The name of the token with this digest.
#[must_use]
pub fn token_id(digest: Fingerprint) -> TokenId {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    TokenId([a, b, c, d, e, f, g, h])
}

fn lower_case() -> Encoding {
    let mut specification = BASE32_NOPAD.specification();
    specification.symbols.make_ascii_lowercase();
    // The alphabet is the standard one in lower case, so it is valid.
    specification.encoding().unwrap_or(BASE32_NOPAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_printed_in_three_parts_that_can_be_typed() {
        let root = Fingerprint::of(b"root");
        let secret = TokenSecret([0xab; 20]);
        let printed = secret.printed(root);
        let parts: Vec<_> = printed.split('.').collect();
        let [prefix, typed, pin] = parts.as_slice() else {
            panic!("{printed}");
        };
        assert_eq!(*prefix, "sekisho1");
        let decode = |part: &str| BASE32_NOPAD.decode(part.to_uppercase().as_bytes()).unwrap();
        assert_eq!(decode(typed), secret.bytes());
        assert_eq!(decode(pin), root.as_bytes());
        assert_eq!(printed, printed.to_lowercase());
    }
}
