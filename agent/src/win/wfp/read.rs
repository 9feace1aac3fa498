//! What stands in the platform, as values.
//!
//! Touches the filters, only to ask. Must never leave out a filter of the sublayer because somebody else put it there.

use windows::Win32::Foundation::{FWP_E_SUBLAYER_NOT_FOUND, HANDLE};
use windows::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWP_BYTE_ARRAY16_TYPE, FWP_BYTE_BLOB, FWP_BYTE_BLOB_TYPE, FWP_CONDITION_VALUE0,
    FWP_CONDITION_VALUE0_0, FWP_EMPTY, FWP_FILTER_ENUM_FLAG_INCLUDE_BOOTTIME,
    FWP_FILTER_ENUM_FLAG_INCLUDE_DISABLED, FWP_FILTER_ENUM_FULLY_CONTAINED, FWP_UINT8, FWP_UINT16,
    FWP_UINT32, FWP_UINT64, FWP_V6_ADDR_MASK, FWP_VALUE0, FWPM_FILTER_CONDITION0,
    FWPM_FILTER_ENUM_TEMPLATE0, FWPM_FILTER0, FWPM_SUBLAYER0, FwpmFilterCreateEnumHandle0,
    FwpmFilterDestroyEnumHandle0, FwpmFilterEnum0, FwpmSubLayerGetByKey0,
};
use windows::core::GUID;

use super::{Owned, Session, done};
use crate::wfp::{
    ACCEPT, ASSIGN, CONNECT, Condition, FORWARD, Filter, Guid, Refused, Sublayer, Value,
};

/// Filters that are asked for at a time.
const PAGE: u32 = 128;

/// The sublayer of this name; `None` where there is none.
pub(super) fn sublayer(session: &Session, key: Guid) -> Result<Option<Sublayer>, Refused> {
    let key = GUID::from_u128(key);
    let mut told: *mut FWPM_SUBLAYER0 = std::ptr::null_mut();
    // SAFETY: the session is open; the others outlive the call.
    let code = unsafe { FwpmSubLayerGetByKey0(session.0, &raw const key, &raw mut told) };
    if code == FWP_E_SUBLAYER_NOT_FOUND.0.cast_unsigned() {
        return Ok(None);
    }
    done("FwpmSubLayerGetByKey0", code)?;
    let told = Owned(told);
    // SAFETY: the call succeeded, so a whole structure stands there.
    Ok(unsafe { told.0.as_ref() }.map(|found| Sublayer {
        key: found.subLayerKey.to_u128(),
        provider: guid(found.providerKey),
        flags: found.flags,
        weight: found.weight,
        data: blob(&found.providerData),
    }))
}

/// Every filter that names the provider or stands in the sublayer, in the layers that there are filters of ours for,
/// those that act at boot alone and those that are switched off among them.
pub(super) fn filters(
    session: &Session,
    provider: Guid,
    sublayer: Guid,
) -> Result<Vec<Filter>, Refused> {
    let mut found = Vec::new();
    for layer in [CONNECT, ACCEPT, ASSIGN, FORWARD].into_iter().flatten() {
        let row = Row::of(session, layer)?;
        while let Some(page) = row.next()? {
            let ours = page.filters().map(filter);
            found.extend(
                ours.filter(|one| one.provider == Some(provider) || one.sublayer == sublayer),
            );
        }
    }
    Ok(found)
}

/// A row of filters that is being read.
pub(super) struct Row<'a> {
    session: &'a Session,
    handle: HANDLE,
}

impl<'a> Row<'a> {
    fn of(session: &'a Session, layer: Guid) -> Result<Self, Refused> {
        // Without conditions all filters of the layer are meant.
        let wanted = FWPM_FILTER_ENUM_TEMPLATE0 {
            layerKey: GUID::from_u128(layer),
            enumType: FWP_FILTER_ENUM_FULLY_CONTAINED,
            flags: FWP_FILTER_ENUM_FLAG_INCLUDE_BOOTTIME | FWP_FILTER_ENUM_FLAG_INCLUDE_DISABLED,
            actionMask: u32::MAX,
            ..FWPM_FILTER_ENUM_TEMPLATE0::default()
        };
        Self::wanted(session, Some(&wanted))
    }

    /// The filters of all layers that are in use.
    pub(super) fn of_all(session: &'a Session) -> Result<Self, Refused> {
        Self::wanted(session, None)
    }

    fn wanted(
        session: &'a Session,
        wanted: Option<&FWPM_FILTER_ENUM_TEMPLATE0>,
    ) -> Result<Self, Refused> {
        let mut handle = HANDLE::default();
        let wanted = wanted.map(|wanted| &raw const *wanted);
        // SAFETY: the session is open; the others outlive the call.
        let code = unsafe { FwpmFilterCreateEnumHandle0(session.0, wanted, &raw mut handle) };
        done("FwpmFilterCreateEnumHandle0", code)?;
        Ok(Self { session, handle })
    }

    /// The next ones; `None` when there are no more.
    pub(super) fn next(&self) -> Result<Option<Page>, Refused> {
        let (mut told, mut count) = (std::ptr::null_mut(), 0);
        // SAFETY: the session and the row are open; the others outlive the call.
        let code = unsafe {
            FwpmFilterEnum0(
                self.session.0,
                self.handle,
                PAGE,
                &raw mut told,
                &raw mut count,
            )
        };
        done("FwpmFilterEnum0", code)?;
        let page = Page {
            told: Owned(told),
            count: usize::try_from(count).unwrap_or(0),
        };
        Ok((page.count > 0).then_some(page))
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        // SAFETY: the session is open, and the row was opened by it.
        unsafe { FwpmFilterDestroyEnumHandle0(self.session.0, self.handle) };
    }
}

/// Some filters, in the platform's own memory.
pub(super) struct Page {
    told: Owned<*mut FWPM_FILTER0>,
    count: usize,
}

impl Page {
    pub(super) fn filters(&self) -> impl Iterator<Item = &FWPM_FILTER0> {
        // SAFETY: the platform put as many pointers there as it said, each to a whole structure; they are freed with
        // the page.
        let pointers = unsafe { many(self.told.0, self.count) };
        // SAFETY: the same.
        pointers.iter().filter_map(|one| unsafe { one.as_ref() })
    }
}

fn filter(told: &FWPM_FILTER0) -> Filter {
    let count = usize::try_from(told.numFilterConditions).unwrap_or(0);
    // SAFETY: a filter has as many conditions as it says, which lie with it.
    let conditions = unsafe { many(told.filterCondition, count) };
    Filter {
        key: told.filterKey.to_u128(),
        provider: guid(told.providerKey),
        layer: told.layerKey.to_u128(),
        sublayer: told.subLayerKey.to_u128(),
        flags: told.flags.0,
        weight: weight(&told.weight),
        conditions: conditions.iter().map(condition).collect(),
        action: told.action.r#type.0,
    }
}

fn condition(told: &FWPM_FILTER_CONDITION0) -> Condition {
    Condition {
        field: told.fieldKey.to_u128(),
        how: told.matchType.0,
        value: value(&told.conditionValue),
    }
}

/// A weight is a value without what only conditions have, laid out alike.
fn weight(told: &FWP_VALUE0) -> Value {
    let same = FWP_CONDITION_VALUE0 {
        r#type: told.r#type,
        // SAFETY: both are one word, which holds what the type says.
        Anonymous: FWP_CONDITION_VALUE0_0 {
            uint64: unsafe { told.Anonymous.uint64 },
        },
    };
    value(&same)
}

fn value(told: &FWP_CONDITION_VALUE0) -> Value {
    let of = &told.Anonymous;
    let other = || Value::Other(told.r#type.0);
    match told.r#type {
        FWP_EMPTY => Value::Empty,
        // SAFETY: the type says which of the fields is there.
        FWP_UINT8 => Value::U8(unsafe { of.uint8 }),
        // SAFETY: the same.
        FWP_UINT16 => Value::U16(unsafe { of.uint16 }),
        // SAFETY: the same.
        FWP_UINT32 => Value::U32(unsafe { of.uint32 }),
        // SAFETY: the same, and what it points to lies with the filter.
        FWP_UINT64 => unsafe { of.uint64.as_ref() }.map_or_else(other, |one| Value::U64(*one)),
        // SAFETY: the same.
        FWP_BYTE_ARRAY16_TYPE => {
            unsafe { of.byteArray16.as_ref() }.map_or_else(other, |one| Value::V6(one.byteArray16))
        }
        // SAFETY: the same.
        FWP_BYTE_BLOB_TYPE => {
            unsafe { of.byteBlob.as_ref() }.map_or_else(other, |one| Value::Blob(blob(one)))
        }
        // SAFETY: the same.
        FWP_V6_ADDR_MASK => unsafe { of.v6AddrMask.as_ref() }
            .map_or_else(other, |one| Value::V6Net(one.addr, one.prefixLength)),
        _ => other(),
    }
}

/// The bytes of a blob.
pub(super) fn blob(told: &FWP_BYTE_BLOB) -> Vec<u8> {
    // SAFETY: a blob has as many bytes as it says, which lie with it.
    unsafe { many(told.data, usize::try_from(told.size).unwrap_or(0)) }.to_vec()
}

fn guid(told: *const GUID) -> Option<Guid> {
    // SAFETY: it is null or points to one that lies with the object.
    unsafe { told.as_ref() }.map(GUID::to_u128)
}

/// A row in the platform's memory; none where the pointer is null.
///
/// # Safety
/// That many values stand there, and outlive what is given.
unsafe fn many<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller sees to it.
    unsafe { std::slice::from_raw_parts(first, count) }
}
