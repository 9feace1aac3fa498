//! The story of a device, chapter by chapter, told by real processes over real mutual TLS.
//!
//! Touches what the cast touches: processes, temporary folders, loopback addresses, and network
//! namespaces where it may make them. Must never look behind the scenes: what a chapter asserts is what
//! a user, an administrator or an auditor would see.
//!
//! Bad input is refused where it comes in, so most of it is held there and not in a chapter:
//!
//! | bad input | limit | held by |
//! |---|---|---|
//! | a message that is too large | 2 MiB | `collector/tests/door/input.rs`, and by its frame alone `alien.rs` |
//! | messages and frames cut short, alien bytes, alien calls, another protocol, text that is not UTF-8 | | `collector/tests/door/alien.rs` |
//! | chunks out of order, a report with a section missing or cut, a second hello | | `collector/tests/door/input.rs` |
//! | reports repeated, reordered, with a gap | | `collector/tests/door/reports.rs` |
//! | a section that unpacks to more than it may, in one frame | 32 MiB | `collector/tests/door/input.rs`, `proto/src/section/tests.rs` |
//! | a million packages | 100,000 items | `collector/tests/door/input.rs` |
//! | another device's id or certificate, another company's, none | | `collector/tests/door/identity.rs`, [`impostors`] |
//! | tokens that are wrong, old, used, withdrawn; requests played again | | `collector/tests/door/enrolment.rs`, [`impostors`] |
//! | a clock a year off | 2 min | `clocks.rs`, `collector/tests/door/reports.rs`, `agent/src/cycle/tests.rs` |
//! | names with newlines, direction marks, bytes that are not UTF-8 | | [`odd_input`], `policy/src/words/shown.rs` |
//! | a dpkg status that is cut or damaged | 256 MiB | `agent/src/sensors/software/dpkg/tests.rs` |
//! | a policy of 10 MB, a device that does not exist | 1 MiB | [`odd_input`], `policy/tests/hostile_policies.rs` |
//! | bytes of every kind for every parser | | `tests/fuzz`, replayed by `tests/replay` |
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a chapter fails the chapter"
)]

mod a_clone;
mod antivirus;
mod away;
mod boot;
mod break_glass;
mod clocks;
mod company_rules;
mod desktop;
mod disk;
mod encrypted;
mod enrolment;
mod exceptions;
mod history;
mod impostors;
mod inventory;
mod isolation;
mod judgement;
mod killed;
mod networks;
mod odd_input;
mod offline;
mod place;
mod platform;
mod renewal;
mod restored;
mod suspension;
mod take_out;
mod touched;
mod units;
