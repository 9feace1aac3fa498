//! What an envelope holds, and what is refused of one.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use super::*;

#[test]
fn an_order_is_not_read_unless_its_signature_is_good() {
    let order = seal(b"not even a payload".to_vec(), [1; 8], vec![0; 64]);
    let refusal = open(&order, |_, _, _| false).unwrap_err();
    assert!(matches!(refusal, InvalidOrder::NotTrusted(_)), "{refusal}");
}
