//! What an isolation cannot cover on this machine, said out loud.
//!
//! Touches nothing. Must never leave out what is known to be open because the rest is closed.

use sekisho_policy::order::{Gap, GapKind};

use super::linux::Coverage;
use super::linux::links::{Carrier, Link};
use super::linux::render::DEVICES_MAX;

/// Lists what rules of this coverage, laid on these devices, leave open; `lacking` is why they do not
/// cover more.
#[must_use]
pub(super) fn of(coverage: Coverage, lacking: Option<&str>, links: &[Link]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gap = |detail: String| {
        gaps.push(Gap {
            kind: GapKind::Frames,
            detail,
        });
    };
    let why = lacking.unwrap_or("the kernel refuses the rules");
    if !coverage.bridge {
        gap(format!("no rules for bridges: {why}"));
    }
    if !coverage.frames {
        gap(format!("no rules at the devices: {why}"));
        return gaps;
    }
    let unnamed = links.iter().filter(|link| link.name.is_none()).count();
    if unnamed > 0 {
        gap(format!(
            "devices with names that are not UTF-8, which nft cannot be told: {unnamed}"
        ));
    }
    let beyond = links
        .len()
        .saturating_sub(unnamed)
        .saturating_sub(DEVICES_MAX);
    if beyond > 0 {
        gap(format!(
            "devices beyond the {DEVICES_MAX} whose frames are held: {beyond}"
        ));
    }
    for (carrier, what) in [
        (Carrier::MacSec, "MACsec"),
        (Carrier::Session, "point-to-point"),
    ] {
        if links.iter().any(|link| link.carrier == Some(carrier)) {
            gap(format!(
                "a {what} device is there, so frames of that type pass"
            ));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(index: u32) -> Link {
        Link {
            index,
            name: Some(format!("veth{index}")),
            carrier: None,
        }
    }

    #[track_caller]
    fn check(coverage: Coverage, links: &[Link], said: &[&str]) {
        let gaps = of(coverage, Some("Operation not supported"), links);
        let details: Vec<&str> = gaps.iter().map(|gap| gap.detail.as_str()).collect();
        assert_eq!(details, said);
    }

    #[test]
    fn what_is_covered_in_full_leaves_no_gap() {
        check(Coverage::FULL, &[link(1), link(2)], &[]);
    }

    #[test]
    fn what_the_kernel_refuses_is_named_with_its_reason() {
        let neither = Coverage {
            bridge: false,
            frames: false,
        };
        check(
            neither,
            &[],
            &[
                "no rules for bridges: Operation not supported",
                "no rules at the devices: Operation not supported",
            ],
        );
    }

    #[test]
    fn devices_that_cannot_be_held_are_counted() {
        let mut links: Vec<Link> = (0..258).map(link).collect();
        links.push(Link {
            name: None,
            carrier: Some(Carrier::MacSec),
            ..link(999)
        });
        check(
            Coverage::FULL,
            &links,
            &[
                "devices with names that are not UTF-8, which nft cannot be told: 1",
                "devices beyond the 256 whose frames are held: 2",
                "a MACsec device is there, so frames of that type pass",
            ],
        );
    }
}
