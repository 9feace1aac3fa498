//! The service under the service control manager of Windows, or by hand at a console.
//!
//! Touches the manager, the Event Log and a file beside the state. Must never end without having said why where an
//! administrator looks.

mod event_layer;

use clap::Args;

use super::super::{Failure, log};
use super::log_file;
use crate::paths::Paths;
use crate::shell::chain;
use crate::win::service;

/// What only Windows can be told.
#[derive(Debug, Clone, Args)]
pub(super) struct OfSystem {
    /// Run as the service that the installer has registered; the service control manager does this
    #[arg(long, hide = true)]
    service: bool,
}

/// Runs the agent until the manager, or somebody at the console, asks for the end.
pub(super) fn run(arguments: &super::Arguments, paths: &Paths) -> Result<u8, Failure> {
    if !arguments.host.service {
        log::to_standard_error();
        return super::until_stopped(arguments, paths);
    }
    // A folder that cannot be used is told by the agent itself, and then there is the Event Log alone.
    let lines = paths.create().ok().and_then(|()| log_file::open(paths));
    event_layer::begin(lines);
    let (arguments, paths) = (arguments.clone(), paths.clone());
    let code = service::run(move || u32::from(served(&arguments, &paths)))?;
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

fn served(arguments: &super::Arguments, paths: &Paths) -> u8 {
    if let Err(error) = service::restart_after_failures() {
        let error = chain(&error);
        tracing::info!(error, "what happens after a failure is not set");
    }
    match super::until_stopped(arguments, paths) {
        Ok(code) => code,
        Err(failure) => {
            tracing::error!("the agent cannot run: {:#}", failure.error);
            failure.code
        }
    }
}
