//! Puts objects into the platform and takes them out, within a transaction of the caller's.
//!
//! Touches the filters. Must never take for done what the platform refused; that something was not there to be removed
//! is no refusal.

use windows::Win32::Foundation::{
    ERROR_INVALID_PARAMETER, FWP_E_ALREADY_EXISTS, FWP_E_FILTER_NOT_FOUND, FWP_E_IN_USE,
    FWP_E_PROVIDER_NOT_FOUND, FWP_E_SUBLAYER_NOT_FOUND,
};
use windows::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWP_ACTION_TYPE, FWP_BYTE_ARRAY16, FWP_BYTE_ARRAY16_TYPE, FWP_BYTE_BLOB, FWP_BYTE_BLOB_TYPE,
    FWP_CONDITION_VALUE0, FWP_CONDITION_VALUE0_0, FWP_EMPTY, FWP_MATCH_TYPE, FWP_UINT8, FWP_UINT16,
    FWP_UINT32, FWP_UINT64, FWP_V6_ADDR_AND_MASK, FWP_V6_ADDR_MASK, FWP_VALUE0, FWP_VALUE0_0,
    FWPM_ACTION0, FWPM_ACTION0_0, FWPM_DISPLAY_DATA0, FWPM_FILTER_CONDITION0, FWPM_FILTER_FLAGS,
    FWPM_FILTER0, FWPM_PROVIDER_FLAG_PERSISTENT, FWPM_PROVIDER0, FWPM_SUBLAYER0, FwpmFilterAdd0,
    FwpmFilterDeleteByKey0, FwpmProviderAdd0, FwpmProviderDeleteByKey0, FwpmSubLayerAdd0,
    FwpmSubLayerDeleteByKey0,
};
use windows::core::{GUID, HRESULT, PWSTR, w};

use super::{Session, done};
use crate::wfp::{Condition, Filter, Guid, Refused, Sublayer, Value};

/// How the objects are shown to who lists them.
fn shown() -> FWPM_DISPLAY_DATA0 {
    FWPM_DISPLAY_DATA0 {
        // The platform reads it and never writes there.
        name: PWSTR(w!("Sekisho isolation").as_ptr().cast_mut()),
        description: PWSTR::null(),
    }
}

pub(super) fn remove_filter(session: &Session, key: Guid) -> Result<(), Refused> {
    let key = GUID::from_u128(key);
    // SAFETY: the session is open, and the key outlives the call.
    let code = unsafe { FwpmFilterDeleteByKey0(session.0, &raw const key) };
    or_already("FwpmFilterDeleteByKey0", code, &[FWP_E_FILTER_NOT_FOUND])
}

pub(super) fn remove_sublayer(session: &Session, key: Guid) -> Result<(), Refused> {
    let key = GUID::from_u128(key);
    // SAFETY: the session is open, and the key outlives the call.
    let code = unsafe { FwpmSubLayerDeleteByKey0(session.0, &raw const key) };
    or_already(
        "FwpmSubLayerDeleteByKey0",
        code,
        &[FWP_E_SUBLAYER_NOT_FOUND],
    )
}

/// Takes the provider away, unless something else of it is there: it does nothing by itself.
pub(super) fn remove_provider(session: &Session, key: Guid) -> Result<(), Refused> {
    let key = GUID::from_u128(key);
    // SAFETY: the session is open, and the key outlives the call.
    let code = unsafe { FwpmProviderDeleteByKey0(session.0, &raw const key) };
    let already = [FWP_E_PROVIDER_NOT_FOUND, FWP_E_IN_USE];
    or_already("FwpmProviderDeleteByKey0", code, &already)
}

pub(super) fn add_provider(session: &Session, key: Guid, lasts: bool) -> Result<(), Refused> {
    // No service is named: the filters shall hold where somebody has switched the agent's off.
    let provider = FWPM_PROVIDER0 {
        providerKey: GUID::from_u128(key),
        displayData: shown(),
        flags: if lasts {
            FWPM_PROVIDER_FLAG_PERSISTENT
        } else {
            0
        },
        ..FWPM_PROVIDER0::default()
    };
    // SAFETY: the session is open; the provider and what it points to outlive the call.
    let code = unsafe { FwpmProviderAdd0(session.0, &raw const provider, None) };
    or_already("FwpmProviderAdd0", code, &[FWP_E_ALREADY_EXISTS])
}

pub(super) fn add_sublayer(session: &Session, sublayer: &Sublayer) -> Result<(), Refused> {
    let mut provider = sublayer.provider.map(GUID::from_u128);
    let mut data = sublayer.data.clone();
    let object = FWPM_SUBLAYER0 {
        subLayerKey: GUID::from_u128(sublayer.key),
        displayData: shown(),
        flags: sublayer.flags,
        providerKey: pointer(&mut provider),
        providerData: blob(&mut data),
        weight: sublayer.weight,
    };
    // SAFETY: the session is open; the sublayer and what it points to outlive the call.
    let code = unsafe { FwpmSubLayerAdd0(session.0, &raw const object, None) };
    done("FwpmSubLayerAdd0", code)
}

pub(super) fn add_filter(session: &Session, filter: &Filter) -> Result<(), Refused> {
    const CALL: &str = "FwpmFilterAdd0";
    let mut kept: Vec<Kept> = filter.conditions.iter().map(Kept::of).collect();
    let conditions = filter.conditions.iter().zip(&mut kept);
    let conditions: Option<Vec<_>> = conditions.map(|(one, kept)| kept.condition(one)).collect();
    let (Some(mut conditions), Some(weight)) = (conditions, weight(&filter.weight)) else {
        return done(CALL, ERROR_INVALID_PARAMETER.0);
    };
    let mut provider = filter.provider.map(GUID::from_u128);
    let object = FWPM_FILTER0 {
        filterKey: GUID::from_u128(filter.key),
        displayData: shown(),
        flags: FWPM_FILTER_FLAGS(filter.flags),
        providerKey: pointer(&mut provider),
        layerKey: GUID::from_u128(filter.layer),
        subLayerKey: GUID::from_u128(filter.sublayer),
        weight,
        numFilterConditions: u32::try_from(conditions.len()).unwrap_or(u32::MAX),
        filterCondition: conditions.as_mut_ptr(),
        action: FWPM_ACTION0 {
            r#type: FWP_ACTION_TYPE(filter.action),
            Anonymous: FWPM_ACTION0_0::default(),
        },
        ..FWPM_FILTER0::default()
    };
    // SAFETY: the session is open; the filter and what it points to, in `conditions`, `kept` and `provider`, outlive
    // the call.
    let code = unsafe { FwpmFilterAdd0(session.0, &raw const object, None, None) };
    done(CALL, code)
}

/// What a condition points to.
#[derive(Default)]
struct Kept {
    v6: FWP_BYTE_ARRAY16,
    net: FWP_V6_ADDR_AND_MASK,
    number: u64,
    bytes: Vec<u8>,
    blob: FWP_BYTE_BLOB,
}

impl Kept {
    fn of(condition: &Condition) -> Self {
        let mut kept = Self::default();
        match &condition.value {
            Value::V6(address) => kept.v6.byteArray16 = *address,
            Value::V6Net(address, length) => {
                kept.net = FWP_V6_ADDR_AND_MASK {
                    addr: *address,
                    prefixLength: *length,
                };
            }
            Value::U64(number) => kept.number = *number,
            Value::Blob(bytes) => kept.bytes.clone_from(bytes),
            Value::Empty | Value::U8(_) | Value::U16(_) | Value::U32(_) | Value::Other(_) => {}
        }
        kept
    }

    /// The condition as the platform takes it, which points into this; `None` for a value that cannot be told.
    fn condition(&mut self, condition: &Condition) -> Option<FWPM_FILTER_CONDITION0> {
        type Told = FWP_CONDITION_VALUE0_0;
        let (kind, value) = match &condition.value {
            Value::U8(number) => (FWP_UINT8, Told { uint8: *number }),
            Value::U16(number) => (FWP_UINT16, Told { uint16: *number }),
            Value::U32(number) => (FWP_UINT32, Told { uint32: *number }),
            Value::U64(_) => (
                FWP_UINT64,
                Told {
                    uint64: &raw mut self.number,
                },
            ),
            Value::V6(_) => (
                FWP_BYTE_ARRAY16_TYPE,
                Told {
                    byteArray16: &raw mut self.v6,
                },
            ),
            Value::V6Net(..) => (
                FWP_V6_ADDR_MASK,
                Told {
                    v6AddrMask: &raw mut self.net,
                },
            ),
            Value::Blob(_) => {
                self.blob = blob(&mut self.bytes);
                (
                    FWP_BYTE_BLOB_TYPE,
                    Told {
                        byteBlob: &raw mut self.blob,
                    },
                )
            }
            Value::Empty | Value::Other(_) => return None,
        };
        Some(FWPM_FILTER_CONDITION0 {
            fieldKey: GUID::from_u128(condition.field),
            matchType: FWP_MATCH_TYPE(condition.how),
            conditionValue: FWP_CONDITION_VALUE0 {
                r#type: kind,
                Anonymous: value,
            },
        })
    }
}

/// A weight; `None` for what is none of ours.
fn weight(value: &Value) -> Option<FWP_VALUE0> {
    let (kind, value) = match value {
        Value::Empty => (FWP_EMPTY, FWP_VALUE0_0::default()),
        Value::U8(number) => (FWP_UINT8, FWP_VALUE0_0 { uint8: *number }),
        Value::U16(_)
        | Value::U32(_)
        | Value::U64(_)
        | Value::V6(_)
        | Value::V6Net(..)
        | Value::Blob(_)
        | Value::Other(_) => return None,
    };
    Some(FWP_VALUE0 {
        r#type: kind,
        Anonymous: value,
    })
}

fn blob(bytes: &mut [u8]) -> FWP_BYTE_BLOB {
    FWP_BYTE_BLOB {
        size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        data: bytes.as_mut_ptr(),
    }
}

fn pointer(guid: &mut Option<GUID>) -> *mut GUID {
    guid.as_mut()
        .map_or(std::ptr::null_mut(), |guid| &raw mut *guid)
}

fn or_already(call: &'static str, code: u32, already: &[HRESULT]) -> Result<(), Refused> {
    if already.iter().any(|one| one.0.cast_unsigned() == code) {
        return Ok(());
    }
    done(call, code)
}
