//! The vocabulary of Sekisho and its judgement: what a laptop can say of itself, what the company
//! demands, and what follows from the two.
//!
//! Touches nothing. Must never do IO, wait, read a clock, log, draw a random number, or know of a
//! wire format or a store: the same report, policy and time give the same verdict, byte for byte.

pub mod break_glass;
pub mod document;
pub mod exception;
pub mod facts;
pub mod finding;
pub mod id;
pub mod judge;
pub mod limits;
pub mod merkle;
pub mod order;
pub mod reading;
pub mod register;
pub mod report;
pub mod rules;
pub mod time;
pub mod words;
