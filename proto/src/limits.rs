//! Every bound of the wire, with its unit and its reason.
//!
//! Touches nothing. Must never be looser than what the collector can hold for every agent at once.

use sekisho_policy::facts::SectionKind;
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
/// Sections that one report may name, those of newer agents among them.
pub const SECTIONS_MAX: usize = 16;
/// Bytes of one section other than the software, as encoded. The facts of 512 volumes take about
/// half of it; decoded, the smallest items take some 25 times their bytes.
pub const SMALL_SECTION_BYTES_MAX: usize = 1024 * 1024;
/// Package sources in one inventory. There are six.
pub const SOFTWARE_SOURCES_MAX: usize = 32;
/// Arguments of one message for people. The longest has four.
pub const MESSAGE_ARGS_MAX: usize = 16;
/// Chunks of one section.
pub const CHUNKS_MAX: u32 = 32;
/// Bytes of a certificate signing request. One for P-256 takes about 300.
pub const CSR_BYTES_MAX: usize = 8 * 1024;
/// Bytes of an order's terms.
pub const ORDER_BYTES_MAX: usize = 16 * 1024;
/// Approvals beside one command.
pub const APPROVALS_MAX: usize = 8;
/// Orders signed together. A command to more devices is signed in several parts.
pub const COMMAND_ORDERS_MAX: usize = 1 << ORDER_PATH_MAX;
/// Hashes between an order and the root that is signed.
pub const ORDER_PATH_MAX: usize = 16;
/// Bytes of the mark that links one connection of a device to its next.
pub const THREAD_BYTES_MAX: usize = 64;
/// Bytes of an enrolment's nonce.
pub const NONCE_BYTES_MAX: usize = 64;
/// Bytes of an enrolment token's secret part.
pub const TOKEN_BYTES_MAX: usize = 64;
/// Bytes of a proof of possession. An ECDSA P-256 signature in ASN.1 takes at most 72.
pub const PROOF_BYTES_MAX: usize = 128;
/// Bytes of one certificate in DER. One of the collector's takes about 500.
pub const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Certificates in one chain, and roots beside it.
pub const CHAIN_MAX: usize = 8;
/// Keys that may sign orders.
pub const ORDER_KEYS_MAX: usize = 8;
/// Addresses of beacons that a laptop is told. A company with more sites has one beacon at an anycast address.
pub const BEACON_ADDRESSES_MAX: usize = 8;
/// Keys that a beacon may hold: the present one, the next, and as many again.
pub const BEACON_PINS_MAX: usize = 4;
/// Probes in one account of enforcement.
pub const PROBES_MAX: usize = 32;
/// Gaps of the isolation in one account of enforcement.
pub const GAPS_MAX: usize = 8;

const _: () = assert!(POLICY_BYTES_MAX * 2 <= MESSAGE_BYTES_MAX);
const _: () = assert!(SectionKind::ALL.len() * INLINE_BYTES_MAX < MESSAGE_BYTES_MAX);
const _: () = assert!(SectionKind::ALL.len() <= SECTIONS_MAX);
const _: () = assert!(CHUNK_BYTES_MAX * CHUNKS_MAX as usize == SECTION_COMPRESSED_BYTES_MAX);
const _: () = assert!(SMALL_SECTION_BYTES_MAX < SECTION_BYTES_MAX);
const _: () = assert!(SECTION_COMPRESSED_BYTES_MAX < SECTION_BYTES_MAX);
