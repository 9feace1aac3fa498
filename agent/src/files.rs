//! What the systems ask differently of files: who may read one, whose it becomes, and when it is safe on disk.
//!
//! Touches files and folders it is given by path. Must never give a file to others than the owner of its folder,
//! nor open what was put in its place.

#[cfg_attr(unix, path = "files/unix.rs")]
#[cfg_attr(windows, path = "files/windows.rs")]
mod system;

pub use system::{
    changed_at, create_private, free_bytes, give_dir_to_owner_of, give_to_owner_of, keep_own,
    make_dir, make_private_dir, owner, restrict, sync_dir,
};
