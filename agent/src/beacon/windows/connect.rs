//! A TCP connection over one link and no other, on Windows: there is none yet.
//!
//! Touches nothing. Must never fall back to the way that the system would choose.

use std::net::SocketAddr;

use sekisho_policy::reading::Why;
use tokio::net::TcpStream;

use crate::cycle::place::NoAnswer;

/// Says that nothing can be connected so.
#[expect(
    clippy::unused_async,
    reason = "the other systems' connect, which this stands for, waits"
)]
pub(super) async fn connect(link: &str, _: SocketAddr) -> Result<TcpStream, NoAnswer> {
    let why = format!("{link}: this agent binds no connection to a link of Windows");
    Err(NoAnswer::Unknown(Why::Unsupported(why)))
}
