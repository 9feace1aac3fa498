//! The question that a person answers by typing a number that was shown: a yes is typed too soon.
//!
//! Touches standard error and, where a person sits at it, standard input. Must never take silence, or a number that
//! was not shown, for a yes.

use std::io::{self, BufRead, IsTerminal, Write};

use super::common::{language, terminal_columns};
use super::paper::Paper;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 64;

/// A question that can be put: somebody is there to read it and to answer.
pub(super) struct Question {
    /// What is shown before it.
    pub(super) paper: Paper,
}

impl Question {
    /// `None` where nobody is there.
    pub(super) fn at_terminal() -> Option<Self> {
        let somebody = io::stdin().is_terminal() && io::stderr().is_terminal();
        somebody.then(|| Self {
            paper: Paper::new(language(), false, terminal_columns(io::stderr())),
        })
    }

    /// Shows the paper and asks by the message `key`, which names the number as `name`. Gives whether it was typed.
    pub(super) fn answered(mut self, key: &str, name: &str, number: &str) -> bool {
        self.paper.raw("");
        let question = self.paper.say(key, &[(name, number)]);
        let mut err = io::stderr().lock();
        // With no standard error there is nobody to ask, and no answer comes.
        let _ = write!(err, "{}{question} ", self.paper.text()).and_then(|()| err.flush());
        reads(io::stdin().lock(), number)
    }
}

/// Whether the first line is the number and nothing else.
fn reads(input: impl BufRead, number: &str) -> bool {
    let mut answer = String::new();
    let read = input.take(ANSWER_BYTES_MAX).read_line(&mut answer);
    read.is_ok() && answer.trim() == number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_alone_is_a_yes() {
        for yes in ["12\n", " 12 \n", "12"] {
            assert!(reads(yes.as_bytes(), "12"), "{yes:?}");
        }
        let long = format!("{}12\n", " ".repeat(64));
        for no in [
            "",
            "\n",
            "y\n",
            "1\n",
            "123\n",
            "\n12\n",
            "12 12\n",
            "\u{ff11}\u{ff12}\n",
            &long,
        ] {
            assert!(!reads(no.as_bytes(), "12"), "{no:?}");
        }
        assert!(!reads(&b"\xff\n"[..], "12"));
    }
}
