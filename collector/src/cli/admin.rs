//! The admin commands, as they stand beside `init` and `serve`.
//!
//! Touches nothing itself. Must never hold what a command does.

use clap::Subcommand;

use super::audit::AuditArgs;
use super::common::Exit;
use super::device::DeviceArgs;
use super::failure::conclude;
use super::order::OrderArgs;
use super::policy::PolicyArgs;
use super::token::TokenArgs;

/// What administrators type while a collector serves.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Tokens that let laptops enrol
    Token(TokenArgs),
    /// The register of devices
    Device(DeviceArgs),
    /// Orders: cut laptops off and let them go
    Order(OrderArgs),
    /// The policy: what is demanded of laptops
    Policy(PolicyArgs),
    /// The audit log: what was done by whom, and the proof that it is whole
    Audit(AuditArgs),
}

impl AdminCommand {
    /// Does it, tells what came of it, and gives the exit code.
    pub async fn run(&self) -> Exit {
        match self {
            Self::Token(args) => conclude(args.run().await, args.common()),
            Self::Device(args) => conclude(args.run().await, args.common()),
            Self::Order(args) => conclude(args.run().await, args.common()),
            Self::Policy(args) => conclude(args.run().await, args.common()),
            Self::Audit(args) => conclude(args.run().await, args.common()),
        }
    }
}
