//! `sekisho-agent forget-isolation`: removes the rules of an isolation from a machine that is no device any more. The package
//! does this when it is purged.
//!
//! Touches the firewall. Must never be a way out of an isolation: where there is an identity there may be an order, and
//! what lifts that is a release.

use clap::Args;

use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::words;

use super::{EXIT_OK, Failure, log};
use crate::clock;
use crate::enforce::plan::Way;
use crate::enforce::probe::Elsewhere;
use crate::enforce::{Desired, Enforcer};
use crate::identity::{Identity, IdentityError};
use crate::paths::Paths;

/// What `forget-isolation` can be told.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Removes the rules; that there are none is no error.
///
/// # Errors
/// [`Failure`] when there is an identity, or the rules could not be removed.
pub fn run(_: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    log::to_standard_error();
    let language = super::language();
    if !matches!(Identity::load(paths), Err(IdentityError::NotEnrolled)) {
        let said = words::text(language, "forget-isolation-device", &[]);
        return Err(Failure::named("still_a_device", anyhow::anyhow!(said)));
    }
    lift()?;
    super::print(&words::text(language, "forget-isolation-done", &[]))?;
    Ok(EXIT_OK)
}

/// Takes the rules away, and looks that they are gone. Where there can be no rules there are none.
///
/// # Errors
/// [`Failure`] when rules stay, or it cannot be told.
pub(super) fn lift() -> Result<(), Failure> {
    let language = super::language();
    let mut enforcer = Enforcer::new(Way::default(), Elsewhere::default());
    let nothing = Desired::nothing_ordered();
    let pass = enforcer.reconcile_unprobed(&nothing, clock::now());
    match super::runtime()?.block_on(pass).applied {
        Reading::Known(Access::Full) | Reading::Unknown(Why::Unsupported(_)) => Ok(()),
        Reading::Known(_) | Reading::Absent => {
            let said = words::text(language, "self-test-already", &[]);
            Err(anyhow::anyhow!(said).into())
        }
        Reading::Unknown(why) => Err(anyhow::anyhow!(words::why(language, &why)).into()),
    }
}
