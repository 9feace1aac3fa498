//! What both programs print for programs, in one shape: readings, times, and findings in both languages.
//!
//! Touches nothing. Must never hold a text in one language only, nor turn an unknown into `null`.

mod error;
mod finding;
mod reading;
mod time;

pub use error::{ErrorBody, ErrorJson};
pub use finding::{ClauseJson, EvidenceJson, ExceptionJson, FindingJson, MessageJson, TitleJson};
pub use reading::ReadingJson;
pub use time::{NoTime, Time};
