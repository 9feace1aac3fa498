//! Asks a product's own program, or reads what it said where the system is a captured one.
//!
//! Touches the program by its absolute path, if nobody but root can change it. Must never take a refusal for an
//! answer: many of these programs answer root alone.

use sekisho_policy::limits::TEXT_BYTES_MAX;
use sekisho_policy::reading::Why;

use crate::ask::{self, AskError};
use crate::limits::{TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX};
use crate::sensors::Root;

/// One question to one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// The program.
    pub(super) program: &'static str,
    /// What it is asked.
    pub(super) arguments: &'static [&'static str],
    /// The name of the file with its answer in a captured system.
    pub(super) captured: &'static str,
    /// Whether it answers root alone, as its maker says.
    pub(super) root_alone: bool,
    /// What of the answer is read; no more of it is captured.
    pub(super) kept: fn(Vec<u8>) -> Vec<u8>,
}

impl Question {
    /// What the program answers, word for word. Blocks until it has answered or is late.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) fn ask(&self, root: &Root) -> Result<Vec<u8>, Why> {
        let asked = root.reduced_answer(self.captured, self.kept, || {
            let program = ask::irreplaceable(ask::trusted(&[self.program])?)?;
            if self.root_alone && !nix::unistd::Uid::effective().is_root() {
                return Err(AskError::NotPermitted(program));
            }
            ask::run(
                &program,
                self.arguments,
                TOOL_DEADLINE,
                TOOL_OUTPUT_BYTES_MAX,
            )
        });
        asked.map_err(|error| error.why())
    }

    /// As it is typed, for evidence.
    pub(super) fn typed(&self) -> String {
        let name = self.program.rsplit('/').next().unwrap_or_default();
        format!("{name} {}", self.arguments.join(" "))
    }
}

/// A value of the answer, short enough for evidence and of one line.
pub(super) fn cut(text: &str) -> String {
    let text = text.trim();
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(TEXT_BYTES_MAX / 4)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: Question = Question {
        program: "/opt/maker/bin/tell",
        arguments: &["-g", "--state"],
        captured: "tell.txt",
        root_alone: false,
        kept: |answer| answer,
    };

    #[test]
    fn a_captured_answer_is_read_and_a_missing_one_is_no_answer() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        assert!(QUESTION.ask(&root).is_err());
        let folder = tree.path().join("var/lib/sekisho-capture");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("tell.txt"), "state=on").unwrap();
        assert_eq!(QUESTION.ask(&root), Ok(b"state=on".to_vec()));
        assert_eq!(QUESTION.typed(), "tell -g --state");
    }

    #[test]
    fn a_program_that_is_not_there_is_missing_on_the_running_system() {
        let missing = QUESTION.ask(&Root::live());
        assert!(matches!(missing, Err(Why::ToolMissing(_))), "{missing:?}");
    }
}
