//! A TCP connection over one link and no other, on Windows.
//!
//! Touches the network. Must never fall back to the way that the system would choose.

use std::io;
use std::net::SocketAddr;

use sekisho_policy::reading::Why;
use tokio::net::{TcpSocket, TcpStream};

use super::links::AskedLink;
use crate::cycle::place::NoAnswer;
use crate::win::socket;

/// `WSAEACCES`: a filter of the laptop's own keeps the connection from being tried.
const FILTERED: i32 = 10_013;

/// Connects to `at` over `link`.
pub(super) async fn connect(link: &AskedLink, at: SocketAddr) -> Result<TcpStream, NoAnswer> {
    let made = match at {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let made = made.map_err(|error| no_answer(at, &error))?;
    socket::go_by(&made, link.index, at).map_err(|error| {
        let why = format!("{}: a connection cannot be bound to it: {error}", link.name);
        NoAnswer::Unknown(Why::Unreadable(why))
    })?;
    made.connect(at)
        .await
        .map_err(|error| no_answer(at, &error))
}

fn no_answer(at: SocketAddr, error: &io::Error) -> NoAnswer {
    let why = format!("{at}: {error}");
    if error.raw_os_error() == Some(FILTERED) {
        NoAnswer::Unknown(Why::NotPermitted(why))
    } else {
        NoAnswer::NotThere(why)
    }
}
