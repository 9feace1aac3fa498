//! What a program that the agent runs may do beyond its user's rights: nothing, unless it is asked to.
//!
//! Touches the capabilities(7) of a thread that it makes for one start and that ends with it. Must never change those
//! of the thread it is called on, nor start a program that would still inherit them.

use std::io;
use std::process::{Child, Command};
use std::thread;

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities,
};

/// Starts a program that inherits no capability of the agent's: its unit gives it CAP_NET_ADMIN for the isolation
/// alone, in the ambient set, which every child would have.
pub(super) fn start_without(command: &mut Command) -> io::Result<Child> {
    // They are a thread's own, and a child has those of the thread that made it.
    thread::scope(|scope| {
        let start = move || {
            give_up()?;
            command.spawn()
        };
        let started = thread::Builder::new().spawn_scoped(scope, start)?;
        let broke_off = |_| Err(io::Error::other("the thread that starts it broke off"));
        started.join().unwrap_or_else(broke_off)
    })
}

fn give_up() -> io::Result<()> {
    clear_ambient_capability_set()?;
    let sets = capabilities(None)?;
    // Root gets by every start whatever the bounding set holds.
    if sets.effective.contains(CapabilitySet::SETPCAP) {
        remove_capability_from_bounding_set(CapabilitySet::NET_ADMIN)?;
    }
    let sets = CapabilitySets {
        inheritable: CapabilitySet::empty(),
        ..sets
    };
    Ok(set_capabilities(None, sets)?)
}

/// Whether the agent may change the network's rules. `nft` tells a refusal for want of that from any other only by
/// text.
#[must_use]
pub fn may_administer_network() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_ADMIN))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::ask::{run, run_to_administer_network};

    const NET_ADMIN: u64 = 1 << 12;

    /// The capabilities of a program as it sees them, each set under its name.
    fn sets(status: &[u8]) -> Vec<(String, u64)> {
        let text = std::str::from_utf8(status).unwrap();
        let lines = text.lines().filter_map(|line| line.split_once(":\t"));
        let sets = lines.filter(|(name, _)| name.starts_with("Cap"));
        sets.map(|(name, set)| (name.to_owned(), u64::from_str_radix(set, 16).unwrap()))
            .collect()
    }

    #[test]
    fn a_program_inherits_nothing_unless_it_is_to_administer_the_network() {
        let sets_before = capabilities(None).unwrap();
        if !sets_before.permitted.contains(CapabilitySet::NET_ADMIN) {
            eprintln!("SKIPPED: this takes CAP_NET_ADMIN");
            return;
        }
        // As the unit has it.
        let inheritable = CapabilitySet::NET_ADMIN;
        let sets_of_unit = CapabilitySets {
            inheritable,
            ..sets_before
        };
        set_capabilities(None, sets_of_unit).unwrap();
        rustix::thread::configure_capability_in_ambient_set(CapabilitySet::NET_ADMIN, true)
            .unwrap();
        let (cat, status) = (Path::new("/bin/cat"), ["/proc/self/status"]);
        let deadline = Duration::from_secs(10);
        let plain = sets(&run(cat, &status, deadline, 10_000).unwrap());
        assert_eq!(plain.len(), 5, "{plain:?}");
        for (name, set) in plain {
            assert_eq!(set & NET_ADMIN, 0, "{name}");
        }
        let trusted = run_to_administer_network(cat, &status, deadline, 10_000).unwrap();
        for (name, set) in sets(&trusted) {
            assert_eq!(set & NET_ADMIN, NET_ADMIN, "{name}");
        }
        // The thread that asks has what it had.
        assert_eq!(capabilities(None).unwrap(), sets_of_unit);
        assert!(may_administer_network());
    }
}
