//! Asks this Windows of its networks.
//!
//! Touches Windows through `win`, only to ask. Must never decide what an answer is worth.

use std::io;
use std::path::PathBuf;

use super::Tunnels;
use crate::adapters::Told;
use crate::ask::AskError;
use crate::sensors::windows::wifi;
use crate::wfp::{ACCESS_DENIED, NOT_RUNNING, NOT_SUPPORTED, Refused};
use crate::win::{network, wfp, wlan};

/// Its adapters and routes.
pub(in crate::sensors::windows) fn told() -> Result<Told, AskError> {
    network::told().map_err(|source| AskError::from_io(&PathBuf::from("adapters"), source))
}

/// Its filters of IPsec.
pub(in crate::sensors::windows) fn tunnels() -> Result<Tunnels, AskError> {
    let filters = wfp::ipsec_tunnels().map_err(refused)?;
    Ok(Tunnels { filters })
}

fn refused(error: Refused) -> AskError {
    let path = PathBuf::from("filters of IPsec");
    match error.code {
        ACCESS_DENIED => AskError::NotPermitted(path),
        code if code == NOT_SUPPORTED || NOT_RUNNING.contains(&code) => {
            AskError::ToolMissing(PathBuf::from("the Windows Filtering Platform"))
        }
        _ => AskError::Io {
            path,
            source: io::Error::other(error),
        },
    }
}

/// Its Wi-Fi.
pub(in crate::sensors::windows) fn wlan() -> Result<wifi::Told, AskError> {
    wlan::told().map_err(|source| AskError::from_io(&PathBuf::from("wlan"), source))
}
