//! The shapes of the admin interface: twins of the records, for programs.
//!
//! Touches nothing. Must never hold a text in one language only, and never change the meaning of a
//! field that has been published: a new meaning takes a new name.
//!
//! Times are RFC 3339 in UTC with seconds; spans are milliseconds; ids, digests and token names are lower-case
//! hexadecimal; what is `null` is not there or not known, as the field says.

pub mod audit;
pub mod device;
pub mod exception;
pub mod expiry;
pub mod export;
pub mod findings;
pub mod history;
pub mod order;
pub mod policy;
pub mod posture;
pub mod rehearsal;
pub mod status;
pub mod take_out;
pub mod taken;
pub mod token;
