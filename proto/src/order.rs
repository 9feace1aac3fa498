//! Sealing and opening of signed orders: the payload's bytes are signed as they are.
