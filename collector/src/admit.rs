//! Peer certificate in, device or refusal out.
