//! What filters of Windows cannot cover, said out loud.
//!
//! Touches the registry, reading only. Must never leave out what is known to be open because the rest is closed.

use sekisho_policy::order::{Gap, GapKind};
use windows_registry::LOCAL_MACHINE;
use windows_result::HRESULT;

use crate::enforce::guests::{Standing, below_the_filters};

/// The service that runs the virtual machines of Hyper-V, and those of WSL, where one of the two is switched on.
const VIRTUAL_MACHINES: &str = r"SYSTEM\CurrentControlSet\Services\vmcompute";
/// `ERROR_FILE_NOT_FOUND`.
const NOT_THERE: HRESULT = HRESULT(0x8007_0002_u32.cast_signed());

/// Lists what an isolation by filters leaves open on this machine, whose guests' firewall stands so.
#[must_use]
pub(super) fn of(guests: Option<&Standing>) -> Vec<Gap> {
    let frames = |detail: &str| Gap {
        kind: GapKind::Frames,
        detail: detail.to_owned(),
    };
    let mut gaps = vec![frames(
        "what a network driver sends by itself, such as one that captures packets, goes below the filters",
    )];
    match LOCAL_MACHINE.open(VIRTUAL_MACHINES) {
        Ok(_) => gaps.push(frames(&below_the_filters(guests))),
        Err(error) if error.code() == NOT_THERE => {}
        Err(error) => gaps.push(frames(&format!(
            "whether Hyper-V or WSL is switched on, whose machines send below the filters, cannot be told ({:#010x})",
            error.code().0
        ))),
    }
    gaps.push(Gap {
        kind: GapKind::OpenConnections,
        detail: "Windows asks anew with a connection's next packet, and ends none".to_owned(),
    });
    gaps
}
