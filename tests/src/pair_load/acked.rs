//! What was acknowledged, one line each, and all of it together.
//!
//! Touches nothing.

use std::collections::{BTreeMap, BTreeSet};

/// One thing that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acked {
    /// An administrator was told that a laptop's order is given.
    Order {
        /// The laptop.
        laptop: String,
        /// The order.
        generation: u64,
    },
    /// An administrator was shown a token.
    Token(String),
    /// An administrator was shown the audit log's head, as he notes it down.
    Head(String),
    /// A laptop was told that its report is recorded.
    Report {
        /// The laptop.
        laptop: String,
        /// The report.
        sequence: u64,
    },
    /// The collector was told that a laptop holds an order.
    Held {
        /// The laptop.
        laptop: String,
        /// The order.
        generation: u64,
    },
}

impl Acked {
    /// The line for it.
    #[must_use]
    pub fn line(&self) -> String {
        // The dot tells a whole line from one that was cut.
        match self {
            Self::Order { laptop, generation } => format!("order {laptop} {generation} .\n"),
            Self::Token(id) => format!("token {id} .\n"),
            Self::Head(head) => format!("head {head} .\n"),
            Self::Report { laptop, sequence } => format!("report {laptop} {sequence} .\n"),
            Self::Held { laptop, generation } => format!("held {laptop} {generation} .\n"),
        }
    }

    fn read(line: &str) -> Option<Self> {
        let line = line.strip_suffix(" .")?;
        let words: Vec<&str> = line.split(' ').collect();
        let number = |text: &str| text.parse::<u64>().ok();
        Some(match words[..] {
            ["order", laptop, generation] => Self::Order {
                laptop: laptop.to_owned(),
                generation: number(generation)?,
            },
            ["token", id] => Self::Token(id.to_owned()),
            ["head", head] => Self::Head(head.to_owned()),
            ["report", laptop, sequence] => Self::Report {
                laptop: laptop.to_owned(),
                sequence: number(sequence)?,
            },
            ["held", laptop, generation] => Self::Held {
                laptop: laptop.to_owned(),
                generation: number(generation)?,
            },
            _ => return None,
        })
    }
}

/// All that was acknowledged.
#[derive(Debug, Default)]
pub struct Book {
    /// Every order given, by laptop.
    pub orders: BTreeSet<(String, u64)>,
    /// Every token.
    pub tokens: BTreeSet<String>,
    /// Every head of the audit log, in the order shown.
    pub heads: Vec<String>,
    /// Every report, by laptop.
    pub reports: BTreeSet<(String, u64)>,
    /// The newest order each laptop holds.
    pub held: BTreeMap<String, u64>,
}

impl Book {
    /// Reads it from all that was said, among which are other lines.
    #[must_use]
    pub fn read(said: &str) -> Self {
        let mut book = Self::default();
        for acked in said.lines().filter_map(Acked::read) {
            match acked {
                Acked::Order { laptop, generation } => {
                    book.orders.insert((laptop, generation));
                }
                Acked::Token(id) => {
                    book.tokens.insert(id);
                }
                Acked::Head(head) => book.heads.push(head),
                Acked::Report { laptop, sequence } => {
                    book.reports.insert((laptop, sequence));
                }
                Acked::Held { laptop, generation } => {
                    let newest = book.held.entry(laptop).or_default();
                    *newest = generation.max(*newest);
                }
            }
        }
        book
    }

    /// How many things there are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
            + self.tokens.len()
            + self.heads.len()
            + self.reports.len()
            + self.held.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest report of a laptop.
    #[must_use]
    pub fn newest_report(&self, laptop: &str) -> u64 {
        newest(&self.reports, laptop)
    }

    /// The newest order for a laptop.
    #[must_use]
    pub fn newest_order(&self, laptop: &str) -> u64 {
        newest(&self.orders, laptop)
    }
}

fn newest(row: &BTreeSet<(String, u64)>, laptop: &str) -> u64 {
    let own = row.iter().filter(|(name, _)| name == laptop);
    own.map(|(_, number)| *number).max().unwrap_or_default()
}
