//! Who may touch a folder or a pipe, by security descriptors.
//!
//! Touches the descriptors of what it is given by path. Must never widen one.

use std::io;
use std::os::windows::fs::MetadataExt;
use std::path::Path;

use windows::Win32::Foundation::{HLOCAL, LocalFree, WIN32_ERROR};
use windows::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, SDDL_REVISION_1,
    SE_FILE_OBJECT, SetNamedSecurityInfoW,
};
use windows::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, OWNER_SECURITY_INFORMATION,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES,
};
use windows::Win32::Storage::FileSystem::{CreateDirectoryW, FILE_ATTRIBUTE_REPARSE_POINT};
use windows::core::{BOOL, PCWSTR};

use super::text::wide;
use super::user::{self, Token};

/// The system, administrators and the owner, for the folder and all below it, and nothing inherited from above
/// (security descriptor string format).
const PRIVATE: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";

/// A security descriptor of the system's own memory.
#[derive(Debug)]
pub struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    /// The one that a text of the format SDDL says.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(text: &str) -> io::Result<Self> {
        let text = wide(text)?;
        let mut made = PSECURITY_DESCRIPTOR::default();
        // SAFETY: the text ends with a zero and, like `made`, outlives the call.
        unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                PCWSTR(text.as_ptr()),
                SDDL_REVISION_1,
                &raw mut made,
                None,
            )
        }?;
        Ok(Self(made))
    }

    /// What is made with it, good for as long as this is.
    #[must_use]
    pub fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(u32::MAX),
            lpSecurityDescriptor: self.0.0,
            bInheritHandle: false.into(),
        }
    }

    /// Its list of who may do what, which lies within it.
    fn list(&self) -> io::Result<*mut ACL> {
        let (mut is_there, mut by_default) = (BOOL::default(), BOOL::default());
        let mut list = std::ptr::null_mut();
        // SAFETY: the descriptor is whole while `self` is; the others outlive the call.
        unsafe {
            GetSecurityDescriptorDacl(
                self.0,
                &raw mut is_there,
                &raw mut list,
                &raw mut by_default,
            )
        }?;
        // No list would mean that everybody may do everything.
        if !is_there.as_bool() || list.is_null() {
            return Err(io::Error::other("the security descriptor has no list"));
        }
        Ok(list)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system made it by LocalAlloc for whoever asked, and nobody has freed it.
        unsafe { LocalFree(Some(HLOCAL(self.0.0))) };
    }
}

/// Keeps everybody but the system, administrators and the owner from a folder.
///
/// # Errors
/// What the system says.
pub fn keep_private(folder: &Path) -> io::Result<()> {
    let private = Descriptor::of(PRIVATE)?;
    let list = private.list()?;
    let folder = wide(folder)?;
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the name ends with a zero, and the list lies in `private`; both outlive the call.
    let told = unsafe {
        SetNamedSecurityInfoW(
            PCWSTR(folder.as_ptr()),
            SE_FILE_OBJECT,
            what,
            None,
            None,
            Some(list),
            None,
        )
    };
    told.ok().map_err(io::Error::from)
}

/// Makes a folder that everybody but the system, administrators and the owner is kept from at every moment.
///
/// # Errors
/// What the system says.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let private = Descriptor::of(PRIVATE)?;
    let attributes = private.attributes();
    let folder = wide(folder)?;
    // SAFETY: the name ends with a zero; the attributes and their descriptor outlive the call.
    let made = unsafe { CreateDirectoryW(PCWSTR(folder.as_ptr()), Some(&raw const attributes)) };
    // As the standard library has it, which knows by the number that a folder is there, and not by the one of COM.
    made.map_err(|error| match WIN32_ERROR::from_error(&error) {
        Some(code) => io::Error::from_raw_os_error(code.0.cast_signed()),
        None => error.into(),
    })
}

/// Whether a folder is one of ours: no link to another one, and made by the system, an administrator or this user.
/// Everybody may make folders where those for all users' data lie, and whoever owns one says who may read it.
///
/// # Errors
/// What the system says.
pub fn is_own(folder: &Path) -> io::Result<bool> {
    let attributes = std::fs::symlink_metadata(folder)?.file_attributes();
    if attributes & FILE_ATTRIBUTE_REPARSE_POINT.0 != 0 {
        return Ok(false);
    }
    let folder = wide(folder)?;
    let (mut owner, mut made) = (PSID::default(), PSECURITY_DESCRIPTOR::default());
    // SAFETY: the name ends with a zero and, like the others, outlives the call.
    let told = unsafe {
        GetNamedSecurityInfoW(
            PCWSTR(folder.as_ptr()),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            Some(&raw mut owner),
            None,
            None,
            None,
            &raw mut made,
        )
    };
    told.ok()?;
    // The owner lies within, so it is held until the end.
    let _held = Descriptor(made);
    if owner.is_invalid() {
        return Ok(false);
    }
    // SAFETY: the call succeeded, so a whole SID lies in the descriptor, which is held.
    if unsafe { user::may_all(owner) } {
        return Ok(true);
    }
    // SAFETY: as before.
    let owner = unsafe { user::bytes_of(owner) };
    Ok(owner == Token::of_process()?.user()?)
}
