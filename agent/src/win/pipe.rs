//! Named pipes that every user may speak on and the agent alone may open, and who speaks.
//!
//! Touches named pipes and the token of who calls. Must never let a thread go on as the caller.

use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, IntoRawHandle};
use std::path::Path;

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows::Win32::Foundation::HANDLE;
use windows::Win32::Security::{RevertToSelf, TOKEN_QUERY};
use windows::Win32::System::Pipes::{GetNamedPipeClientProcessId, ImpersonateNamedPipeClient};
use windows::Win32::System::Threading::{GetCurrentThread, OpenThreadToken};

use super::access::Descriptor;
use super::user::Token;

/// What users may do: read and write, and not open another end of the pipe, which `FILE_APPEND_DATA` is here.
const SPEAK: u32 = 0x0012_019b;
/// `FILE_FLAG_OVERLAPPED`, `SECURITY_SQOS_PRESENT` and `SECURITY_IDENTIFICATION`: the agent may learn who calls,
/// and not act as them.
const CALLING: u32 = 0x4000_0000 | 0x0010_0000 | 0x0001_0000;

/// Opens an end of the pipe; `first` fails where another program has it.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path, first: bool) -> io::Result<NamedPipeServer> {
    let sddl = format!("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)(A;;{SPEAK:#x};;;IU)");
    let descriptor = Descriptor::of(&sddl)?;
    let mut attributes = descriptor.attributes();
    let mut options = ServerOptions::new();
    options.first_pipe_instance(first);
    // SAFETY: it points to a SECURITY_ATTRIBUTES that, with its descriptor, outlives the call.
    unsafe { options.create_with_security_attributes_raw(path, (&raw mut attributes).cast()) }
}

/// Goes to the other end.
///
/// # Errors
/// What the system says; `NotFound` where nobody listens.
pub fn go(path: &Path) -> io::Result<NamedPipeClient> {
    let pipe = std::fs::OpenOptions::new()
        .access_mode(SPEAK)
        .custom_flags(CALLING)
        .open(path)?;
    // SAFETY: the handle is that of a named pipe's other end, opened to be waited for, and nobody else owns it.
    unsafe { NamedPipeClient::from_raw_handle(pipe.into_raw_handle()) }
}

/// The number of the process that called.
///
/// # Errors
/// What the system says.
pub fn caller_process(pipe: &NamedPipeServer) -> io::Result<u32> {
    let mut id = 0;
    // SAFETY: the pipe is open while it is borrowed, and `id` outlives the call.
    unsafe { GetNamedPipeClientProcessId(HANDLE(pipe.as_raw_handle()), &raw mut id) }?;
    Ok(id)
}

/// The security identifier of the user who called, and has said something.
///
/// # Errors
/// What the system says.
pub fn caller_sid(pipe: &NamedPipeServer) -> io::Result<Vec<u8>> {
    // SAFETY: the pipe is open while it is borrowed.
    unsafe { ImpersonateNamedPipeClient(HANDLE(pipe.as_raw_handle())) }?;
    let token = token_of_thread();
    // SAFETY: it takes nothing. A thread that stayed the caller would act with its rights.
    if let Err(error) = unsafe { RevertToSelf() } {
        tracing::error!(%error, "this thread acts for whoever called; the agent ends");
        std::process::abort();
    }
    token?.user()
}

fn token_of_thread() -> io::Result<Token> {
    let mut token = HANDLE::default();
    // SAFETY: the handle of the thread is good for this thread, and `token` outlives the call.
    unsafe { OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, true, &raw mut token) }?;
    Ok(Token::of(token))
}
