//! Named pipes that every user may speak on and the agent alone may open, and who speaks.
//!
//! Touches named pipes and the token of who calls. Must never let a thread go on as the caller.

use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, IntoRawHandle};
use std::path::Path;

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows::Win32::Foundation::{CloseHandle, HANDLE};
use windows::Win32::Security::{
    GetLengthSid, GetTokenInformation, RevertToSelf, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows::Win32::System::Pipes::{GetNamedPipeClientProcessId, ImpersonateNamedPipeClient};
use windows::Win32::System::Threading::{GetCurrentThread, OpenThreadToken};

use super::access::Descriptor;

/// What users may do: read and write, and not open another end of the pipe, which `FILE_APPEND_DATA` is here.
const SPEAK: u32 = 0x0012_019b;
/// `FILE_FLAG_OVERLAPPED`, `SECURITY_SQOS_PRESENT` and `SECURITY_IDENTIFICATION`: the agent may learn who calls,
/// and not act as them.
const CALLING: u32 = 0x4000_0000 | 0x0010_0000 | 0x0001_0000;
/// Bytes of the answer to who calls; a SID has at most 68.
const USER_BYTES: usize = 128;

/// Opens an end of the pipe; `first` fails where another program has it.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path, first: bool) -> io::Result<NamedPipeServer> {
    let sddl = format!("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)(A;;{SPEAK:#x};;;IU)");
    let descriptor = Descriptor::of(&sddl)?;
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(u32::MAX),
        lpSecurityDescriptor: descriptor.as_ptr(),
        bInheritHandle: false.into(),
    };
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
    sid_of(&token?)
}

/// A handle that is closed when nobody needs it any more.
struct Token(HANDLE);

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: it was opened for this, and nothing else closes it. A handle cannot fail to be closed otherwise.
        unsafe { CloseHandle(self.0) }.ok();
    }
}

fn token_of_thread() -> io::Result<Token> {
    let mut token = HANDLE::default();
    // SAFETY: the handle of the thread is good for this thread, and `token` outlives the call.
    unsafe { OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, true, &raw mut token) }?;
    Ok(Token(token))
}

fn sid_of(token: &Token) -> io::Result<Vec<u8>> {
    // Of words, so that the structure at its beginning is aligned.
    let mut answer = [0_usize; USER_BYTES / size_of::<usize>()];
    let mut length = 0;
    let bytes = u32::try_from(size_of_val(&answer)).unwrap_or(0);
    // SAFETY: the answer has that many bytes, is aligned for its structure, and outlives the call.
    unsafe {
        GetTokenInformation(
            token.0,
            TokenUser,
            Some(answer.as_mut_ptr().cast()),
            bytes,
            &raw mut length,
        )
    }?;
    // SAFETY: the call succeeded, so a TOKEN_USER stands at the beginning.
    let user = unsafe { &*answer.as_ptr().cast::<TOKEN_USER>() };
    // SAFETY: the system put a whole SID behind it, to which it points.
    let length = unsafe { GetLengthSid(user.User.Sid) };
    // SAFETY: a SID has as many bytes as it was told to have.
    let sid = unsafe {
        std::slice::from_raw_parts(
            user.User.Sid.0.cast::<u8>(),
            usize::try_from(length).unwrap_or(0),
        )
    };
    Ok(sid.to_vec())
}
