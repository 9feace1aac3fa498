//! Whose the collector's folder is, and who works in it.
//!
//! Touches the user of this process. Must never change whose a file is.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Uid, User, initgroups, setgid, setuid};

use super::failure::Failure;

/// Root who works in another user's folder becomes that user: what root made there the service could not
/// read. Before any thread is started.
///
/// # Errors
/// [`Failure::Step`] when the system refuses.
pub(super) fn become_owner(dir: &Path) -> Result<(), Failure> {
    let Ok(found) = std::fs::metadata(dir) else {
        return Ok(());
    };
    let owner = Uid::from_raw(found.uid());
    if !Uid::effective().is_root() || owner.is_root() {
        return Ok(());
    }
    let become_user = || -> nix::Result<()> {
        match User::from_uid(owner)? {
            Some(user) => {
                let name = std::ffi::CString::new(user.name).map_err(|_| nix::Error::EINVAL)?;
                initgroups(&name, user.gid)?;
                setgid(user.gid)?;
            }
            None => setgid(Gid::from_raw(found.gid()))?,
        }
        setuid(owner)
    };
    become_user().map_err(|error| {
        let dir = dir.display();
        Failure::Step(format!(
            "{dir} belongs to user {owner}, and this process cannot become that user: {error}; run the command as that user"
        ))
    })
}
