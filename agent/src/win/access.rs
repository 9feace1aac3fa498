//! Who may touch a folder or a pipe, by security descriptors.
//!
//! Touches the descriptors of what it is given by path. Must never widen one.

use std::io;
use std::path::Path;

use windows::Win32::Foundation::{HLOCAL, LocalFree};
use windows::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1, SE_FILE_OBJECT,
    SetNamedSecurityInfoW,
};
use windows::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR,
};
use windows::core::{BOOL, PCWSTR};

use super::text::wide;

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

    /// Where it lies; good for as long as this is.
    #[must_use]
    pub const fn as_ptr(&self) -> *mut core::ffi::c_void {
        self.0.0
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
