//! Asks the kernel one thing and takes the whole answer as it came, for readers that wait on a thread of their
//! own.
//!
//! Touches netlink, only to ask. Must never wait without an end, nor take more than it was allowed.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{MsgFlags, recv, send, setsockopt, sockopt};
use nix::sys::time::TimeVal;
use rustix::net::SocketFlags;

use super::socket::{AskError, DATAGRAM_BYTES_MAX, DEADLINE, Protocol, TRIES, made};
use super::{Malformed, NoAnswer, items};

/// A socket that asks.
#[derive(Debug)]
pub struct Asker(OwnedFd);

impl Asker {
    /// Opens one.
    ///
    /// # Errors
    /// [`AskError::Socket`].
    pub fn open(protocol: Protocol) -> Result<Self, AskError> {
        let socket = made(protocol, SocketFlags::empty()).map_err(AskError::Socket)?;
        let patience = TimeVal::new(i64::try_from(DEADLINE.as_secs()).unwrap_or(1), 0);
        setsockopt(&socket, sockopt::ReceiveTimeout, &patience).map_err(failed)?;
        Ok(Self(socket))
    }

    /// Every message of the answer, the one that ends it among them; a refusal is an answer, too. A list that
    /// changes while it is given is asked for again.
    ///
    /// # Errors
    /// [`AskError`], with nothing of an answer that did not come whole.
    pub fn ask(&self, request: &[u8], max: usize) -> Result<Vec<u8>, AskError> {
        for _ in 0..TRIES {
            let answer = self.once(request, max)?;
            if items(&answer) != Err(NoAnswer::Interrupted) {
                return Ok(answer);
            }
        }
        Err(AskError::Restless)
    }

    fn once(&self, request: &[u8], max: usize) -> Result<Vec<u8>, AskError> {
        let socket = self.0.as_raw_fd();
        send(socket, request, MsgFlags::empty()).map_err(failed)?;
        let mut answer = Vec::new();
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            // MSG_TRUNC makes the length the datagram's own, so that a cut one is noticed.
            let length = match recv(socket, &mut buffer, MsgFlags::MSG_TRUNC) {
                Ok(length) => length,
                Err(nix::Error::EINTR) => continue,
                Err(nix::Error::EAGAIN) => return Err(AskError::TimedOut),
                Err(error) => return Err(failed(error)),
            };
            let datagram = buffer.get(..length).ok_or(Malformed)?;
            answer.extend(datagram);
            if answer.len() > max {
                return Err(AskError::TooLarge(max));
            }
            // One that was interrupted goes on to its end all the same: the next is asked for on this socket.
            if is_over(datagram)? {
                return Ok(answer);
            }
        }
    }
}

/// Whether a datagram holds the message that ends an answer.
fn is_over(datagram: &[u8]) -> Result<bool, Malformed> {
    for message in super::messages(datagram) {
        if message?.told() != super::Told::Item {
            return Ok(true);
        }
    }
    Ok(false)
}

fn failed(error: nix::Error) -> AskError {
    AskError::Socket(io::Error::from(error))
}
