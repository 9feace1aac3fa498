//! Whose a token is, and whether a security identifier is of somebody who may do everything here anyway.
//!
//! Touches tokens it is given, and this process's own. Must never take a name for an identity.

use std::io;

use windows::Win32::Foundation::{CloseHandle, HANDLE};
use windows::Win32::Security::{
    GetLengthSid, GetTokenInformation, IsWellKnownSid, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
    WinBuiltinAdministratorsSid, WinLocalSystemSid,
};
use windows::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// Bytes of the answer to who a token is of; a SID has at most 68.
const USER_BYTES: usize = 128;

/// A token that is closed when nobody needs it any more.
pub(super) struct Token(HANDLE);

impl Token {
    /// That of this process.
    pub(super) fn of_process() -> io::Result<Self> {
        let mut token = HANDLE::default();
        // SAFETY: the handle of the process is good for this process, and `token` outlives the call.
        unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) }?;
        Ok(Self(token))
    }

    /// One that was opened for this, and that nobody else closes.
    pub(super) const fn of(handle: HANDLE) -> Self {
        Self(handle)
    }

    /// The security identifier of its user.
    pub(super) fn user(&self) -> io::Result<Vec<u8>> {
        // Of words, so that the structure at its beginning is aligned.
        let mut answer = [0_usize; USER_BYTES / size_of::<usize>()];
        let mut length = 0;
        let bytes = u32::try_from(size_of_val(&answer)).unwrap_or(0);
        // SAFETY: the answer has that many bytes, is aligned for its structure, and outlives the call.
        unsafe {
            GetTokenInformation(
                self.0,
                TokenUser,
                Some(answer.as_mut_ptr().cast()),
                bytes,
                &raw mut length,
            )
        }?;
        // SAFETY: the call succeeded, so a TOKEN_USER stands at the beginning.
        let user = unsafe { &*answer.as_ptr().cast::<TOKEN_USER>() };
        // SAFETY: the system put a whole SID behind it, to which it points.
        Ok(unsafe { bytes_of(user.User.Sid) })
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: it was opened for this, and nothing else closes it. A handle cannot fail to be closed otherwise.
        unsafe { CloseHandle(self.0) }.ok();
    }
}

/// The bytes of a security identifier.
///
/// # Safety
/// It points to a whole one.
pub(super) unsafe fn bytes_of(sid: PSID) -> Vec<u8> {
    // SAFETY: it points to a whole SID.
    let length = unsafe { GetLengthSid(sid) };
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: a SID has as many bytes as it was told to have.
    unsafe { std::slice::from_raw_parts(sid.0.cast::<u8>(), length) }.to_vec()
}

/// Whether it is the system's or administrators', who may do everything here anyway.
///
/// # Safety
/// It points to a whole one.
pub(super) unsafe fn may_all(sid: PSID) -> bool {
    [WinLocalSystemSid, WinBuiltinAdministratorsSid]
        .into_iter()
        // SAFETY: it points to a whole SID.
        .any(|kind| unsafe { IsWellKnownSid(sid, kind) }.as_bool())
}
