//! What is asked for with an enrolment: by whom, where, and by which token.
//!
//! Touches what the marks of this machine are read from. Must never show the token.

use thiserror::Error;

use sekisho_policy::facts::Facts;
use sekisho_proto::convert::Marks;

use super::unread_marks;
use crate::identity::token::{InvalidToken, PrintedToken};
use crate::sensors::{Deadlines, Root, Sensors};
use crate::topics::{Topic, Topics};

/// Port of a collector's enrolment listener where none is named.
const PORT: u16 = 7444;
/// Characters of a host's name (RFC 1035).
const HOST_CHARS_MAX: usize = 253;

/// What a person, or an installer, asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Host name or address of the collector.
    pub host: String,
    /// Port of its enrolment listener.
    pub port: u16,
    /// The token.
    pub token: PrintedToken,
    /// This machine.
    pub marks: Marks,
    /// Whether an identity that is there is to be replaced.
    pub again: bool,
}

/// What was asked for makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidWish {
    /// Not where a collector is.
    #[error("{0:?} is not HOST:PORT, such as collector.example.jp:{PORT}")]
    Place(String),
    /// Not a token.
    #[error(transparent)]
    Token(#[from] InvalidToken),
}

impl Wish {
    /// Reads what was typed, and the marks of this machine. Blocks while those are read.
    ///
    /// # Errors
    /// [`InvalidWish`].
    pub fn read(
        collector: &str,
        token: &str,
        root: &Root,
        again: bool,
    ) -> Result<Self, InvalidWish> {
        let (host, port) = place(collector)?;
        Ok(Self {
            host,
            port,
            token: token.parse()?,
            marks: marks(root),
            again,
        })
    }
}

/// Splits `HOST:PORT`; an IPv6 address stands in brackets where a port follows.
fn place(text: &str) -> Result<(String, u16), InvalidWish> {
    let wrong = || InvalidWish::Place(text.to_owned());
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((text.to_owned(), PORT));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
        None => (text, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(['/', ' ']) || host.len() > HOST_CHARS_MAX {
        return Err(wrong());
    }
    Ok((host.to_owned(), port))
}

/// This machine, as far as it can be read.
fn marks(root: &Root) -> Marks {
    let mut facts = Facts::not_asked();
    let host = Topics::of(&[Topic::Host]);
    Sensors::new(root.clone(), Deadlines::default()).read(host, &mut facts);
    facts.host.known().map_or_else(unread_marks, Marks::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_with_its_port_or_without() {
        let read = |text| place(text).ok();
        let at = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(
            read("collector.example.jp"),
            at("collector.example.jp", PORT)
        );
        assert_eq!(read("[2001:db8::1]:8000"), at("2001:db8::1", 8000));
        assert_eq!(read("2001:db8::1"), at("2001:db8::1", PORT));
        for wrong in ["", ":7444", "https://collector.example.jp", "host:port"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
