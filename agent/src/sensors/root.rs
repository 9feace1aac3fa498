//! Where the system's trees hang: at `/` on a laptop, in a folder when a captured one is read.
//!
//! Touches nothing. Must never let a captured tree be mixed with the running system: programs and
//! services are asked on the live root only.

use std::path::{Path, PathBuf};

/// The folder below which `/proc`, `/sys`, `/var`, `/run`, `/etc` and `/dev` are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Root {
    /// The running system.
    #[must_use]
    pub fn live() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A captured system in a folder, or the running one for `/`.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Whether this is the running system, whose programs and services may be asked.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0 == Path::new("/")
    }

    /// Where an absolute path of the system is found. Steps upwards are not followed, so that a
    /// captured path cannot lead out of its folder.
    #[must_use]
    pub fn path(&self, absolute: &str) -> PathBuf {
        let mut found = self.0.clone();
        found.extend(
            absolute
                .split('/')
                .filter(|part| !part.is_empty() && *part != "." && *part != ".."),
        );
        found
    }

    /// The system's own name of a path below this root.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.0) {
            Ok(inner) => format!("/{}", inner.display()),
            Err(_) => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_captured_path_cannot_lead_out_of_its_folder() {
        let root = Root::at(Path::new("/captured"));
        assert_eq!(
            root.path("/home/../../etc/x"),
            Path::new("/captured/home/etc/x")
        );
        assert_eq!(root.name_of(Path::new("/captured/sys/block")), "/sys/block");
        assert!(!root.is_live());
        assert!(Root::live().is_live());
        assert_eq!(Root::live().path("/etc/x"), Path::new("/etc/x"));
    }
}
