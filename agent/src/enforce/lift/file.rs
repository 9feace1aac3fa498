//! The bytes a lift is kept as.
//!
//! Touches nothing. Must never take a damaged state for a fresh one: that would give back tries.

use sekisho_policy::id::Generation;
use sekisho_policy::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Lift, Term, Tries, Uptime};

/// The kept bytes are not a lift. The caller goes on with [`Lift::lost`]: no release is in force, and the
/// next code is taken after a pause.
#[derive(Debug, Error)]
#[error(
    "the state of the break-glass release cannot be read; no code is taken for a quarter of an hour"
)]
pub struct UnreadableLift(#[source] serde_json::Error);

impl Lift {
    /// The bytes to keep.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let twin = LiftFile {
            challenge: self
                .challenge
                .as_ref()
                .map(|(text, of, term)| ChallengeFile {
                    text: text.clone(),
                    generation: of.0,
                    term: TermFile::of(term),
                }),
            tries: self
                .tries
                .iter()
                .map(|(user, tries)| TriesFile {
                    user: *user,
                    wrong: tries.wrong,
                    pause: tries.pause.as_ref().map(TermFile::of),
                })
                .collect(),
            pause: self.pause.as_ref().map(TermFile::of),
            release: self.release.as_ref().map(|(of, term)| ReleaseFile {
                generation: of.0,
                term: TermFile::of(term),
            }),
        };
        // Texts and numbers under fixed names cannot fail to be written.
        serde_json::to_vec(&twin).unwrap_or_default()
    }

    /// The lift that was kept.
    ///
    /// # Errors
    /// [`UnreadableLift`] when the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, UnreadableLift> {
        let twin: LiftFile = serde_json::from_slice(bytes).map_err(UnreadableLift)?;
        Ok(Self {
            challenge: twin
                .challenge
                .map(|one| (one.text, Generation(one.generation), one.term.back())),
            tries: twin
                .tries
                .into_iter()
                .map(|one| {
                    let pause = one.pause.map(TermFile::back);
                    let wrong = one.wrong;
                    (one.user, Tries { wrong, pause })
                })
                .collect(),
            pause: twin.pause.map(TermFile::back),
            release: twin
                .release
                .map(|one| (Generation(one.generation), one.term.back())),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LiftFile {
    challenge: Option<ChallengeFile>,
    tries: Vec<TriesFile>,
    pause: Option<TermFile>,
    release: Option<ReleaseFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TriesFile {
    user: u32,
    wrong: u8,
    pause: Option<TermFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChallengeFile {
    text: String,
    generation: u64,
    term: TermFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseFile {
    generation: u64,
    term: TermFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    began_ms: i64,
    span_ms: i64,
    used_ms: i64,
    boot: String,
    uptime_ms: i64,
}

impl TermFile {
    fn of(term: &Term) -> Self {
        Self {
            began_ms: term.began.0,
            span_ms: term.span.0,
            used_ms: term.used.0,
            boot: term.seen.boot.clone(),
            uptime_ms: term.seen.span.0,
        }
    }

    fn back(self) -> Term {
        Term {
            began: Timestamp(self.began_ms),
            span: Span(self.span_ms),
            used: Span(self.used_ms),
            seen: Uptime {
                boot: self.boot,
                span: Span(self.uptime_ms),
            },
        }
    }
}
