//! Every bound of the collector, with its unit and its reason.
//!
//! Touches nothing. Must never hold a bound that nobody enforces.

/// Transactions written and synced together. At 2 KiB each a group is then about 1 MiB, past which
/// waiting longer saves nothing.
pub const GROUP_MAX: usize = 512;
/// Transactions waiting for the disk. Past this the answer is "busy", with a time to come back.
pub const WAITING_MAX: usize = 8192;
/// Rows of one page of a list.
pub const PAGE_MAX: usize = 1000;
/// Characters of a reason, a name, an owner or an asset number typed by a person.
pub const FIELD_CHARS_MAX: usize = 500;
/// Certificates kept beside a device: the present one and those that may still be in use.
pub const CERTIFICATES_MAX: usize = 4;
/// Messages waiting for one device that does not read. Past this it is cut off and told everything
/// anew when it comes back.
pub const OUTGOING_MAX: usize = 64;
/// Seconds a TLS handshake may take. A laptop on a mobile network needs one or two.
pub const HANDSHAKE_SECS: u64 = 10;
/// Milliseconds to wait after the system refused to give a connection.
pub const ACCEPT_PAUSE_MS: u64 = 100;
