//! The admin commands, as they stand beside `init` and `serve`.
//!
//! Touches nothing itself. Must never hold what a command does.

use clap::Subcommand;

use super::audit::AuditArgs;
use super::backup::{BackupArgs, RestoreArgs};
use super::beacon::BeaconArgs;
use super::common::Exit;
use super::device::DeviceArgs;
use super::exception::ExceptionArgs;
use super::expiry::ExpiryArgs;
use super::export::ExportArgs;
use super::failure::conclude;
use super::finding::FindingArgs;
use super::order::OrderArgs;
use super::policy::PolicyArgs;
use super::status::StatusArgs;
use super::token::TokenArgs;

/// What administrators type: while a collector serves, but for `restore` and `audit verify`.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Show how the collector and its fleet fare, and what needs a person
    Status(StatusArgs),
    /// Tokens that let laptops enrol
    Token(TokenArgs),
    /// The register of devices
    Device(DeviceArgs),
    /// What the rules have found on the fleet
    Finding(FindingArgs),
    /// Orders: cut laptops off and let them go
    Order(OrderArgs),
    /// The policy: what is demanded of laptops
    Policy(PolicyArgs),
    /// The beacon, by which laptops know the internal network
    Beacon(BeaconArgs),
    /// Exceptions from rules: asked for by one person, approved by another
    Exception(ExceptionArgs),
    /// What ends, and when; and which versions of the agent are in use
    Expiry(ExpiryArgs),
    /// The audit log: what was done by whom, and the proof that it is whole
    Audit(AuditArgs),
    /// Write the whole store into a new file, while the collector serves
    Backup(BackupArgs),
    /// Write register, postures, verdicts, orders, tokens and policy into a new file, as JSON lines
    Export(ExportArgs),
    /// Make a collector's store from a backup; needs no collector, and none may serve there
    Restore(RestoreArgs),
}

impl AdminCommand {
    /// Does it, tells what came of it, and gives the exit code.
    pub async fn run(&self) -> Exit {
        match self {
            Self::Status(args) => conclude(args.run().await, args.common()),
            Self::Token(args) => conclude(args.run().await, args.common()),
            Self::Device(args) => conclude(args.run().await, args.common()),
            Self::Finding(args) => conclude(args.run().await, args.common()),
            Self::Order(args) => conclude(args.run().await, args.common()),
            Self::Policy(args) => conclude(args.run().await, args.common()),
            Self::Beacon(args) => conclude(args.run().await, args.common()),
            Self::Exception(args) => conclude(args.run().await, args.common()),
            Self::Expiry(args) => conclude(args.run().await, args.common()),
            Self::Audit(args) => conclude(args.run().await, args.common()),
            Self::Backup(args) => conclude(args.run().await, args.common()),
            Self::Export(args) => conclude(args.run().await, args.common()),
            Self::Restore(args) => conclude(args.run(), args.common()),
        }
    }
}
