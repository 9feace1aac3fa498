//! Asks this machine for its administrators.
//!
//! Touches accounts through `win`. Must never decide what a member is worth.

use std::io;
use std::path::PathBuf;

use super::{DENIED, GROUP, Member};
use crate::ask::AskError;
use crate::win::group;

/// Reads them.
pub(super) fn ask() -> Result<Vec<Member>, AskError> {
    let members = group::administrators().map_err(|code| match code {
        DENIED => AskError::NotPermitted(PathBuf::from(GROUP)),
        code => AskError::Io {
            path: PathBuf::from(GROUP),
            source: io::Error::other(format!("Windows error {code:#010x}")),
        },
    })?;
    let members = members.into_iter().map(|member| Member {
        sid: member.sid,
        kind: member.kind,
        name: member.name,
    });
    Ok(members.collect())
}
