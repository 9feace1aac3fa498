//! Who is in the group of administrators.
//!
//! Touches the accounts of this machine. Must never find the group by its name, which is in the language of the system.

use windows::Win32::Foundation::{HLOCAL, LocalFree};
use windows::Win32::NetworkManagement::NetManagement::{
    LOCALGROUP_MEMBERS_INFO_2, MAX_PREFERRED_LENGTH, NetApiBufferFree, NetLocalGroupGetMembers,
};
use windows::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows::Win32::Security::{
    CreateWellKnownSid, LookupAccountSidW, PSID, SECURITY_MAX_SID_SIZE, SID_NAME_USE,
    WinBuiltinAdministratorsSid,
};
use windows::core::{Error, PCWSTR, PWSTR};

/// Units of the longest name of a group, and its end (`GNLEN`).
const NAME_UNITS: usize = 257;
/// Words of the longest identifier (`SECURITY_MAX_SID_SIZE`).
const SID_WORDS: usize = 17;
/// `HRESULT_FROM_WIN32`.
const OF_WINDOWS: u32 = 0x8007_0000;

/// A member, as Windows names it.
#[derive(Debug)]
pub struct Member {
    /// Its security identifier.
    pub sid: String,
    /// What it is, by `SID_NAME_USE`.
    pub kind: i32,
    /// `DOMAIN\name`, or nothing where Windows knows none.
    pub name: String,
}

/// The members of S-1-5-32-544, whatever it is called.
///
/// # Errors
/// The number of Windows' error.
pub fn administrators() -> Result<Vec<Member>, u32> {
    let name = name().map_err(|error| error.code().0.cast_unsigned())?;
    let mut buffer = Buffer(std::ptr::null_mut());
    let (mut read, mut total) = (0, 0);
    // SAFETY: the name ends with a zero; it and what is written to outlive the call. The buffer is freed by its owner.
    let code = unsafe {
        NetLocalGroupGetMembers(
            PCWSTR::null(),
            PCWSTR(name.as_ptr()),
            2,
            &raw mut buffer.0,
            MAX_PREFERRED_LENGTH,
            &raw mut read,
            &raw mut total,
            None,
        )
    };
    if code != 0 {
        return Err(OF_WINDOWS | code);
    }
    let count = usize::try_from(read).unwrap_or(0);
    if count == 0 || buffer.0.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the call succeeded, so that many structures stand in the buffer, which the system aligned for them.
    let members =
        unsafe { std::slice::from_raw_parts(buffer.0.cast::<LOCALGROUP_MEMBERS_INFO_2>(), count) };
    let members = members.iter().map(|member| {
        // SAFETY: both point into the buffer, which is still there, or are null.
        let (sid, name) = unsafe {
            (
                sid_text(member.lgrmi2_sid)?,
                text(member.lgrmi2_domainandname),
            )
        };
        Ok(Member {
            sid,
            kind: member.lgrmi2_sidusage.0,
            name,
        })
    });
    let members: Result<Vec<Member>, Error> = members.collect();
    members.map_err(|error| error.code().0.cast_unsigned())
}

/// What the system calls the group, with a zero at its end.
fn name() -> Result<Vec<u16>, Error> {
    // Of words, so that the structure is aligned.
    let mut sid = [0_u32; SID_WORDS];
    let sid_at = PSID(sid.as_mut_ptr().cast());
    let mut bytes = SECURITY_MAX_SID_SIZE;
    // SAFETY: there is room for the longest SID, and it outlives the call.
    unsafe {
        CreateWellKnownSid(
            WinBuiltinAdministratorsSid,
            None,
            Some(sid_at),
            &raw mut bytes,
        )
    }?;
    let (mut name, mut domain) = ([0_u16; NAME_UNITS], [0_u16; NAME_UNITS]);
    let room = u32::try_from(NAME_UNITS).unwrap_or(0);
    let (mut units, mut domain_units) = (room, room);
    let mut kind = SID_NAME_USE::default();
    // SAFETY: the SID was just made; each text has as much room as is said, and all outlive the call.
    unsafe {
        LookupAccountSidW(
            PCWSTR::null(),
            sid_at,
            Some(PWSTR(name.as_mut_ptr())),
            &raw mut units,
            Some(PWSTR(domain.as_mut_ptr())),
            &raw mut domain_units,
            &raw mut kind,
        )
    }?;
    let name = name.into_iter().take_while(|unit| *unit != 0);
    Ok(name.chain([0]).collect())
}

/// # Safety
/// It is null, or points to a whole SID.
unsafe fn sid_text(sid: PSID) -> Result<String, Error> {
    let mut told = PWSTR::null();
    // SAFETY: the call itself refuses what is no SID.
    unsafe { ConvertSidToStringSidW(sid, &raw mut told) }?;
    // SAFETY: the call succeeded, so the text ends with a zero.
    let copied = unsafe { text(told) };
    // SAFETY: the system made it for whoever asked, and nobody has freed it.
    unsafe { LocalFree(Some(HLOCAL(told.0.cast()))) };
    Ok(copied)
}

/// # Safety
/// It is null, or ends with a zero.
unsafe fn text(at: PWSTR) -> String {
    if at.is_null() {
        return String::new();
    }
    // SAFETY: it is not null, so it ends with a zero.
    String::from_utf16_lossy(unsafe { at.as_wide() })
}

/// What the system gives and takes back.
struct Buffer(*mut u8);

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the system made it for whoever asked, or it is null, and nobody else frees it.
        unsafe { NetApiBufferFree(Some(self.0.cast())) };
    }
}
