//! Where a user's settings lie.
//!
//! Touches `/etc/passwd`. Must never ask the name service, which can wait for a network.

use sekisho_policy::reading::Why;

use crate::sensors::Root;
use crate::sensors::accounts::{self, PASSWD};

/// The home of a user, as passwd(5) has it.
pub(super) fn home(root: &Root, uid: u32) -> Result<String, Why> {
    let text = accounts::passwd(root).map_err(|error| error.why())?;
    let mut homes = text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let of = fields.nth(2)?;
        let home = fields.nth(2)?;
        (of.parse() == Ok(uid) && home.starts_with('/')).then(|| home.to_owned())
    });
    homes
        .next()
        .ok_or_else(|| Why::Unsupported(format!("{PASSWD} has no home of uid {uid}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_found_by_the_number_of_its_user() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("etc")).unwrap();
        let text = "root:x:0:0:root:/root:/bin/bash\nbroken\naiko:x:1000:1000:Aiko,,,:/home/aiko:/bin/bash\nno:x:1001:1001:::/bin/sh\n";
        std::fs::write(tree.path().join("etc/passwd"), text).unwrap();
        let root = Root::at(tree.path());
        assert_eq!(home(&root, 1000).unwrap(), "/home/aiko");
        assert!(matches!(home(&root, 1001), Err(Why::Unsupported(_))));
        assert!(matches!(home(&root, 1002), Err(Why::Unsupported(_))));
        assert!(home(&Root::at(&tree.path().join("nowhere")), 1000).is_err());
    }
}
