//! The Windows Filtering Platform: a session with it, what stands there, and one transaction that replaces it.
//!
//! Touches the filters, through fwpuclnt. Must never call anything of it but `FwpmEngineOpen0` before that one has
//! succeeded, never leave a transaction half done, and never free what it did not get.

mod read;
mod tunnels;
pub mod watch;
mod write;

use std::io;

use windows::Win32::Foundation::{ERROR_INVALID_PARAMETER, HANDLE};
use windows::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWP_BYTE_BLOB, FWPM_SESSION_FLAG_DYNAMIC, FWPM_SESSION0, FwpmEngineClose0, FwpmEngineOpen0,
    FwpmFreeMemory0, FwpmGetAppIdFromFileName0, FwpmTransactionAbort0, FwpmTransactionBegin0,
    FwpmTransactionCommit0,
};
use windows::Win32::System::Rpc::RPC_C_AUTHN_WINNT;
use windows::core::PCWSTR;

use super::text::wide;
use crate::wfp::{self, Engine, Guid, Objects, Refused};

/// The numbers of the room that every system compiles are those of Windows.
const _: () = {
    use windows::Win32::NetworkManagement::WindowsFilteringPlatform as own;
    assert!(wfp::CONNECT[0] == own::FWPM_LAYER_ALE_AUTH_CONNECT_V4.to_u128());
    assert!(wfp::CONNECT[1] == own::FWPM_LAYER_ALE_AUTH_CONNECT_V6.to_u128());
    assert!(wfp::ACCEPT[0] == own::FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4.to_u128());
    assert!(wfp::ACCEPT[1] == own::FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6.to_u128());
    assert!(wfp::ASSIGN[0] == own::FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V4.to_u128());
    assert!(wfp::ASSIGN[1] == own::FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V6.to_u128());
    assert!(wfp::FORWARD[0] == own::FWPM_LAYER_IPFORWARD_V4.to_u128());
    assert!(wfp::FORWARD[1] == own::FWPM_LAYER_IPFORWARD_V6.to_u128());
    assert!(wfp::FLAGS == own::FWPM_CONDITION_FLAGS.to_u128());
    assert!(wfp::PROGRAM == own::FWPM_CONDITION_ALE_APP_ID.to_u128());
    assert!(wfp::PROMISCUOUS == own::FWPM_CONDITION_ALE_PROMISCUOUS_MODE.to_u128());
    assert!(wfp::PROTOCOL == own::FWPM_CONDITION_IP_PROTOCOL.to_u128());
    assert!(wfp::LOCAL_ADDRESS == own::FWPM_CONDITION_IP_LOCAL_ADDRESS.to_u128());
    assert!(wfp::LOCAL_PORT == own::FWPM_CONDITION_IP_LOCAL_PORT.to_u128());
    assert!(wfp::REMOTE_ADDRESS == own::FWPM_CONDITION_IP_REMOTE_ADDRESS.to_u128());
    assert!(wfp::REMOTE_PORT == own::FWPM_CONDITION_IP_REMOTE_PORT.to_u128());
    assert!(wfp::FLAG_LOOPBACK == own::FWP_CONDITION_FLAG_IS_LOOPBACK);
    assert!(wfp::FLAG_RAW == own::FWP_CONDITION_FLAG_IS_RAW_ENDPOINT);
    assert!(wfp::EQUAL == own::FWP_MATCH_EQUAL.0);
    assert!(wfp::GREATER == own::FWP_MATCH_GREATER.0);
    assert!(wfp::ANY_SET == own::FWP_MATCH_FLAGS_ANY_SET.0);
    assert!(wfp::BLOCK == own::FWP_ACTION_BLOCK.0);
    assert!(wfp::PERMIT == own::FWP_ACTION_PERMIT.0);
    assert!(wfp::PERSISTENT == own::FWPM_FILTER_FLAG_PERSISTENT.0);
    assert!(wfp::PERSISTENT == own::FWPM_SUBLAYER_FLAG_PERSISTENT);
    assert!(wfp::BOOT_TIME == own::FWPM_FILTER_FLAG_BOOTTIME.0);
    assert!(wfp::HARD == own::FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT.0);
    assert!(wfp::DISABLED == own::FWPM_FILTER_FLAG_DISABLED.0);
};

pub use tunnels::ipsec_tunnels;

/// How long to wait for a transaction of somebody else's to end, in milliseconds.
const WAIT_MS: u32 = 5000;

/// A session. With its end goes what was put there by a dynamic one, also when the program dies.
#[derive(Debug)]
struct Session(HANDLE);

// SAFETY: a session is a handle of RPC, which no thread owns; it is used by one at a time.
unsafe impl Send for Session {}

impl Session {
    fn open(dynamic: bool) -> Result<Self, Refused> {
        let wanted = FWPM_SESSION0 {
            flags: if dynamic {
                FWPM_SESSION_FLAG_DYNAMIC
            } else {
                0
            },
            txnWaitTimeoutInMSec: WAIT_MS,
            ..FWPM_SESSION0::default()
        };
        let mut handle = HANDLE::default();
        // SAFETY: no server and no identity are given, which means this machine and this user; the others outlive the
        // call.
        let code = unsafe {
            FwpmEngineOpen0(
                PCWSTR::null(),
                RPC_C_AUTHN_WINNT,
                None,
                Some(&raw const wanted),
                &raw mut handle,
            )
        };
        done("FwpmEngineOpen0", code)?;
        Ok(Self(handle))
    }

    fn begin(&self) -> Result<Transaction<'_>, Refused> {
        // SAFETY: the session is open.
        let code = unsafe { FwpmTransactionBegin0(self.0, 0) };
        done("FwpmTransactionBegin0", code)?;
        Ok(Transaction {
            session: self,
            is_open: true,
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: it was opened, and nothing else closes it.
        unsafe { FwpmEngineClose0(self.0) };
    }
}

/// A transaction: what is not committed has never been.
struct Transaction<'a> {
    session: &'a Session,
    is_open: bool,
}

impl Transaction<'_> {
    fn commit(mut self) -> Result<(), Refused> {
        // SAFETY: the session is open, and so is a transaction of it.
        let code = unsafe { FwpmTransactionCommit0(self.session.0) };
        done("FwpmTransactionCommit0", code)?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // SAFETY: the session is open. That there is no transaction any more is told, and no harm.
            unsafe { FwpmTransactionAbort0(self.session.0) };
        }
    }
}

/// The platform, under one provider and its sublayer.
#[derive(Debug)]
pub struct Platform {
    session: Session,
    provider: Guid,
    sublayer: Guid,
    lasts: bool,
}

impl Platform {
    /// Opens it. Where what is put there need not outlive the program, it does not.
    ///
    /// # Errors
    /// [`Refused`] where there is none, or this user may not.
    pub fn open(provider: Guid, sublayer: Guid, lasts: bool) -> Result<Self, Refused> {
        Ok(Self {
            session: Session::open(!lasts)?,
            provider,
            sublayer,
            lasts,
        })
    }
}

impl Engine for Platform {
    fn look(&mut self) -> Result<Objects, Refused> {
        Ok(Objects {
            sublayer: read::sublayer(&self.session, self.sublayer)?,
            filters: read::filters(&self.session, self.provider, self.sublayer)?,
        })
    }

    fn own_program(&mut self) -> Result<Vec<u8>, Refused> {
        const CALL: &str = "FwpmGetAppIdFromFileName0";
        let path = std::env::current_exe().and_then(wide);
        let path = path.map_err(|error| no_text(CALL, &error))?;
        let mut told: *mut FWP_BYTE_BLOB = std::ptr::null_mut();
        // SAFETY: the path ends with a zero and, like `told`, outlives the call.
        let code = unsafe { FwpmGetAppIdFromFileName0(PCWSTR(path.as_ptr()), &raw mut told) };
        done(CALL, code)?;
        let told = Owned(told);
        // SAFETY: the call succeeded, so a whole structure stands there.
        let name = unsafe { told.0.as_ref() }.map(read::blob);
        Ok(name.unwrap_or_default())
    }

    fn replace(&mut self, objects: &Objects) -> Result<(), Refused> {
        let transaction = self.session.begin()?;
        for filter in read::filters(&self.session, self.provider, self.sublayer)? {
            write::remove_filter(&self.session, filter.key)?;
        }
        write::remove_sublayer(&self.session, self.sublayer)?;
        write::remove_provider(&self.session, self.provider)?;
        if let Some(sublayer) = &objects.sublayer {
            write::add_provider(&self.session, self.provider, self.lasts)?;
            write::add_sublayer(&self.session, sublayer)?;
            for filter in &objects.filters {
                write::add_filter(&self.session, filter)?;
            }
        }
        transaction.commit()
    }
}

/// What the platform made for whoever asked.
struct Owned<T>(*mut T);

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the platform made it for whoever asked, or it is null, and nobody has freed it.
        unsafe { FwpmFreeMemory0((&raw mut self.0).cast()) };
    }
}

const fn done(call: &'static str, code: u32) -> Result<(), Refused> {
    match code {
        0 => Ok(()),
        code => Err(Refused { call, code }),
    }
}

/// A text that cannot be handed over.
fn no_text(call: &'static str, error: &io::Error) -> Refused {
    let code = error
        .raw_os_error()
        .and_then(|code| u32::try_from(code).ok());
    let code = code.unwrap_or(ERROR_INVALID_PARAMETER.0);
    Refused { call, code }
}
