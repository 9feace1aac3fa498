//! The codes by which Windows Installer knows a product and a package.
//!
//! Touches nothing. Must never draw one at random: the same package has the same code.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A UUID that follows from these texts (RFC 9562, version 8), as Windows Installer writes them.
pub(super) fn of(texts: &[&str]) -> String {
    let mut sum = Sha256::new();
    for text in texts {
        sum.update([b'/']);
        sum.update(text);
    }
    let mut hex = hex(&sum.finalize());
    hex.truncate(32);
    hex.replace_range(12..13, "8");
    hex.replace_range(16..17, "A");
    for at in [20, 16, 12, 8] {
        hex.insert(at, '-');
    }
    format!("{{{hex}}}")
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_follows_from_its_texts_and_is_a_uuid() {
        let code = of(&["product", "0.1.0"]);
        assert_eq!(code, of(&["product", "0.1.0"]));
        assert_ne!(code, of(&["product", "0.1.1"]));
        assert_ne!(code, of(&["product0.1.0"]));
        assert_eq!(code.len(), 38);
        assert_eq!(code.get(15..16), Some("8"), "{code}");
        assert_eq!(code.matches('-').count(), 4, "{code}");
    }
}
