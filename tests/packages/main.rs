//! The packages as an administrator meets them: installed in a fresh Debian, started as their own users, upgraded,
//! taken back, removed and purged; and looked over as a distribution would.
//!
//! Touches folders among the build's own, and the package archive once for the fresh Debian. Must never install
//! anything on this machine. The programs in the packages are those of this build, not the ones that are shipped.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a chapter fails the chapter"
)]

mod fresh;
mod life;
mod looks;
mod packed;
mod rpm;
mod service;
mod upgrade;
