//! Every bound of the wire, with its unit and its reason.
//!
//! Touches nothing. Must never be looser than what the collector can hold for every agent at once.

use sekisho_policy::limits::POLICY_BYTES_MAX;

/// Bytes of one gRPC message, either way. A policy document must fit with room for its envelope.
pub const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of one chunk of a section. Small enough that one slow agent holds little memory.
pub const CHUNK_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a section that travels inside its report, compressed. All sections together must stay
/// below one message.
pub const INLINE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of one section, compressed. An inventory of 100,000 packages takes about 3 MiB.
pub const SECTION_COMPRESSED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one section as encoded. An inventory of 30,000 packages takes about 3 MiB.
pub const SECTION_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Chunks of one section.
pub const CHUNKS_MAX: u32 = 32;
/// Bytes of a certificate signing request. One for P-256 takes about 300.
pub const CSR_BYTES_MAX: usize = 8 * 1024;
/// Bytes of an order's payload.
pub const ORDER_BYTES_MAX: usize = 16 * 1024;
/// Approvals beside one order.
pub const APPROVALS_MAX: usize = 8;
/// Probes in one account of enforcement.
pub const PROBES_MAX: usize = 32;

const _: () = assert!(POLICY_BYTES_MAX * 2 <= MESSAGE_BYTES_MAX);
const _: () = assert!(4 * INLINE_BYTES_MAX < MESSAGE_BYTES_MAX);
const _: () = assert!(CHUNK_BYTES_MAX * CHUNKS_MAX as usize == SECTION_COMPRESSED_BYTES_MAX);
const _: () = assert!(SECTION_COMPRESSED_BYTES_MAX < SECTION_BYTES_MAX);
