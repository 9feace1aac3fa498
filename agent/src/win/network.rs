//! Adapters, their addresses and the routes, as Windows has them; and notices when one of them changes.
//!
//! Touches iphlpapi, only to ask. Must never give half a list for a whole one, nor do more in Windows' own thread than
//! wake who waits.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use tokio::sync::Notify;
use windows::Win32::Foundation::{
    ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_NOT_FOUND, HANDLE, WIN32_ERROR,
};
use windows::Win32::NetworkManagement::IpHelper::{
    CancelMibChangeNotify2, FreeMibTable, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_MULTICAST,
    GetAdaptersAddresses, GetIfEntry, GetIfTable2, GetIpForwardTable2, IP_ADAPTER_ADDRESSES_LH,
    MIB_IF_TABLE2, MIB_IFROW, MIB_IPFORWARD_ROW2, MIB_IPFORWARD_TABLE2, MIB_IPINTERFACE_ROW,
    MIB_NOTIFICATION_TYPE, MIB_UNICASTIPADDRESS_ROW, NotifyIpInterfaceChange, NotifyRouteChange2,
    NotifyUnicastIpAddressChange,
};
use windows::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_INET, SOCKET_ADDRESS,
};
use windows::core::{GUID, PSTR, PWSTR};
use windows_registry::LOCAL_MACHINE;

use crate::adapters::{ADAPTERS_MAX, ADDRESSES_MAX, Adapter, Address, ROUTES_MAX, Row, Told};

/// What is asked for first, in bytes: as much as Microsoft's page recommends.
const BUFFER_BYTES: usize = 16 * 1024;
/// More is given up on.
const BUFFER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How often a list is asked for that grows meanwhile.
const TRIES: usize = 4;
/// `HardwareInterface`, the first bit of `InterfaceAndOperStatusFlags`.
const HARDWARE: u8 = 1;
/// The drivers of network adapters, by the class that every Windows has for them.
const DRIVERS: &str =
    r"SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}";
/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
const MISSING: u32 = 0x8007_0002;

/// What Windows tells of adapters and routes.
///
/// # Errors
/// What the system says.
pub fn told() -> io::Result<Told> {
    let drivers = drivers()?;
    let media = media()?;
    let mut adapters = adapters()?;
    for adapter in &mut adapters {
        if let Some((is_hardware, medium)) = media.get(&adapter.index) {
            (adapter.is_hardware, adapter.medium) = (*is_hardware, *medium);
        }
        adapter.driver = drivers.get(&adapter.id).cloned();
        adapter.changed = changed(adapter.index);
    }
    let routes = routes()?;
    Ok(Told { adapters, routes })
}

/// The `ComponentId` of each adapter's driver, by the adapter's GUID. A key that may not be read holds no adapter:
/// `Properties` and `Configuration` are Windows' own.
fn drivers() -> io::Result<BTreeMap<String, String>> {
    let said = |error: windows_result::Error| {
        let code = error.code().0.cast_unsigned();
        io::Error::other(format!(
            "the drivers of adapters: Windows' error {code:#010x}"
        ))
    };
    let class = match LOCAL_MACHINE.open(DRIVERS) {
        Ok(class) => class,
        Err(error) if error.code().0.cast_unsigned() == MISSING => return Ok(BTreeMap::new()),
        Err(error) => return Err(said(error)),
    };
    let names = class.keys().map_err(said)?.take(ADAPTERS_MAX);
    let named = names.filter_map(|name| {
        let driver = class.open(&name).ok()?;
        let id = driver.get_string("NetCfgInstanceId").ok()?;
        Some((id.to_lowercase(), driver.get_string("ComponentId").ok()?))
    });
    Ok(named.collect())
}

/// Whether each interface drives hardware, and by which medium.
fn media() -> io::Result<BTreeMap<u32, (bool, i32)>> {
    let mut table: *mut MIB_IF_TABLE2 = std::ptr::null_mut();
    // SAFETY: `table` outlives the call.
    done(unsafe { GetIfTable2(&raw mut table) })?;
    let table = Table(table);
    // SAFETY: the call succeeded, so a table stands there.
    let Some(head) = (unsafe { table.0.as_ref() }) else {
        return Ok(BTreeMap::new());
    };
    // SAFETY: as many rows follow one another as it says.
    let rows = unsafe { many(head.Table.as_ptr(), head.NumEntries) };
    let media = rows.iter().map(|row| {
        let flags = row.InterfaceAndOperStatusFlags._bitfield;
        let told = (flags & HARDWARE != 0, row.PhysicalMediumType.0);
        (row.InterfaceIndex, told)
    });
    Ok(media.collect())
}

/// Since when the interface stands as it does; 0 where that is not told.
fn changed(index: u32) -> u32 {
    let mut row = MIB_IFROW {
        dwIndex: index,
        ..MIB_IFROW::default()
    };
    // SAFETY: `row` outlives the call.
    match unsafe { GetIfEntry(&raw mut row) } {
        0 => row.dwLastChange,
        _ => 0,
    }
}

/// The adapters that are bound to IP.
fn adapters() -> io::Result<Vec<Adapter>> {
    let mut bytes = BUFFER_BYTES;
    for _ in 0..TRIES {
        // Of words, so that the structures in it are aligned.
        let mut buffer = vec![0_u64; bytes.div_ceil(size_of::<u64>())];
        let mut size = u32::try_from(size_of_val(buffer.as_slice())).unwrap_or(u32::MAX);
        let first: *mut IP_ADAPTER_ADDRESSES_LH = buffer.as_mut_ptr().cast();
        let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST;
        // SAFETY: the buffer has that many bytes, and outlives the call, as `size` does.
        let code = unsafe {
            GetAdaptersAddresses(AF_UNSPEC.0.into(), flags, None, Some(first), &raw mut size)
        };
        match WIN32_ERROR(code) {
            ERROR_BUFFER_OVERFLOW => {
                let wanted = usize::try_from(size).unwrap_or(usize::MAX);
                bytes = wanted.max(bytes.saturating_mul(2));
                if bytes > BUFFER_BYTES_MAX {
                    return Err(io::ErrorKind::OutOfMemory.into());
                }
            }
            ERROR_NO_DATA => return Ok(vec![]),
            code => {
                done(code)?;
                // SAFETY: the call succeeded, so a list stands in the buffer, which is kept until all is copied.
                return Ok(unsafe { each(first, |one| one.Next) }
                    .take(ADAPTERS_MAX)
                    .map(|one| adapter(one))
                    .collect());
            }
        }
    }
    Err(io::Error::other(
        "the list of adapters grows while it is read",
    ))
}

fn adapter(told: &IP_ADAPTER_ADDRESSES_LH) -> Adapter {
    // SAFETY: both halves of the union hold what this one says.
    let head = unsafe { told.Anonymous1.Anonymous };
    // SAFETY: the list, and all that it points to, is kept while it is read.
    let addresses = unsafe { each(told.FirstUnicastAddress, |one| one.Next) };
    let addresses = addresses.filter_map(|one| {
        Some(Address {
            address: address(&one.Address)?,
            prefix: one.OnLinkPrefixLength,
            origin: one.PrefixOrigin.0,
            state: one.DadState.0,
        })
    });
    // SAFETY: the same.
    let servers = unsafe { each(told.FirstDnsServerAddress, |one| one.Next) };
    let servers = servers.filter_map(|one| address(&one.Address));
    Adapter {
        // An adapter without IPv4 has no number but that of IPv6.
        index: match head.IfIndex {
            0 => told.Ipv6IfIndex,
            index => index,
        },
        id: narrow(told.AdapterName).to_lowercase(),
        name: text(told.FriendlyName),
        kind: told.IfType,
        tunnel: told.TunnelType.0,
        status: told.OperStatus.0,
        metric_v4: told.Ipv4Metric,
        metric_v6: told.Ipv6Metric,
        addresses: addresses.take(ADDRESSES_MAX).collect(),
        dns_servers: servers.take(ADDRESSES_MAX).collect(),
        ..Adapter::default()
    }
}

/// Every row of the table of routes.
fn routes() -> io::Result<Vec<Row>> {
    let mut table: *mut MIB_IPFORWARD_TABLE2 = std::ptr::null_mut();
    // SAFETY: `table` outlives the call.
    let code = unsafe { GetIpForwardTable2(AF_UNSPEC, &raw mut table) };
    if code == ERROR_NOT_FOUND {
        return Ok(vec![]);
    }
    done(code)?;
    let table = Table(table);
    // SAFETY: the call succeeded, so a table stands there.
    let Some(head) = (unsafe { table.0.as_ref() }) else {
        return Ok(vec![]);
    };
    // SAFETY: as many rows follow one another as it says.
    let rows = unsafe { many(head.Table.as_ptr(), head.NumEntries) };
    if rows.len() > ROUTES_MAX {
        return Err(io::Error::other("the table of routes is too large"));
    }
    Ok(rows.iter().filter_map(row).collect())
}

fn row(told: &MIB_IPFORWARD_ROW2) -> Option<Row> {
    Some(Row {
        to: inet(&told.DestinationPrefix.Prefix)?,
        prefix: told.DestinationPrefix.PrefixLength,
        link: told.InterfaceIndex,
        by: inet(&told.NextHop)?,
        metric: told.Metric,
        is_own: told.Loopback,
    })
}

fn inet(told: &SOCKADDR_INET) -> Option<IpAddr> {
    // SAFETY: each of the fields begins with the family, which says which of them is there.
    match unsafe { told.si_family } {
        AF_INET => {
            // SAFETY: the family says so; the four bytes are an address however they are read.
            let bits = unsafe { told.Ipv4.sin_addr.S_un.S_addr };
            Some(Ipv4Addr::from(bits.to_ne_bytes()).into())
        }
        AF_INET6 => {
            // SAFETY: the same.
            let bytes = unsafe { told.Ipv6.sin6_addr.u.Byte };
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

fn address(told: &SOCKET_ADDRESS) -> Option<IpAddr> {
    let length = usize::try_from(told.iSockaddrLength).unwrap_or(0);
    // What lies there may be aligned for no more than its family, and shorter than the largest address.
    let mut whole = SOCKADDR_INET::default();
    let taken = length.min(size_of::<SOCKADDR_INET>());
    if told.lpSockaddr.is_null() || taken < 2 {
        return None;
    }
    // SAFETY: as many bytes lie there as are said to, and no more are copied than there is room for; any bytes are
    // numbers to each field.
    unsafe {
        std::ptr::copy_nonoverlapping(
            told.lpSockaddr.cast::<u8>(),
            (&raw mut whole).cast::<u8>(),
            taken,
        );
    }
    inet(&whole)
}

/// The name of an adapter as other parts of Windows write it.
#[must_use]
pub(super) fn guid(told: &GUID) -> String {
    format!("{{{told:?}}}").to_lowercase()
}

fn text(told: PWSTR) -> String {
    if told.is_null() {
        return String::new();
    }
    // SAFETY: a text of the list ends with a zero, and is kept while it is read.
    String::from_utf16_lossy(unsafe { told.as_wide() })
}

fn narrow(told: PSTR) -> String {
    if told.is_null() {
        return String::new();
    }
    // SAFETY: the same.
    String::from_utf8_lossy(unsafe { told.as_bytes() }).into_owned()
}

/// A table that Windows made for whoever asked.
struct Table<T>(*mut T);

impl<T> Drop for Table<T> {
    fn drop(&mut self) {
        // SAFETY: Windows made it, and nobody has freed it.
        unsafe { FreeMibTable(self.0.cast()) };
    }
}

/// Those of a chain that ends with a null.
///
/// # Safety
/// The first and what each names next are null or whole, and outlive what is given.
unsafe fn each<'a, T: 'a>(
    first: *mut T,
    next: impl Fn(&T) -> *mut T,
) -> impl Iterator<Item = &'a T> {
    let mut at = first;
    std::iter::from_fn(move || {
        // SAFETY: the caller sees to it.
        let one = unsafe { at.as_ref() }?;
        at = next(one);
        Some(one)
    })
}

/// Rows that follow one another.
///
/// # Safety
/// That many stand there, and outlive what is given.
unsafe fn many<'a, T>(first: *const T, count: u32) -> &'a [T] {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller sees to it.
    unsafe { std::slice::from_raw_parts(first, count) }
}

fn done(code: WIN32_ERROR) -> io::Result<()> {
    match code.0 {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(
            i32::try_from(code).unwrap_or(i32::MAX),
        )),
    }
}

/// Notices of links, addresses and routes that change, until they are dropped.
pub struct Notices {
    handles: Vec<HANDLE>,
    /// Held, because Windows points to it.
    wake: Arc<Notify>,
}

// SAFETY: the handles belong to the process, and no thread owns them.
unsafe impl Send for Notices {}
// SAFETY: nothing is done with them but their end.
unsafe impl Sync for Notices {}

impl Notices {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the system says.
    pub fn open() -> io::Result<Self> {
        let mut notices = Self {
            handles: Vec::new(),
            wake: Arc::new(Notify::new()),
        };
        let context: *const c_void = Arc::as_ptr(&notices.wake).cast();
        let mut handle = HANDLE::default();
        // SAFETY: `handle` outlives the call; what the context points to is kept until the last notice was given. So
        // it is with the two that follow.
        let code = unsafe {
            NotifyIpInterfaceChange(
                AF_UNSPEC,
                Some(interface_changed),
                Some(context),
                false,
                &raw mut handle,
            )
        };
        done(code)?;
        notices.handles.push(handle);
        // SAFETY: see above.
        let code = unsafe {
            NotifyUnicastIpAddressChange(
                AF_UNSPEC,
                Some(address_changed),
                Some(context),
                false,
                &raw mut handle,
            )
        };
        done(code)?;
        notices.handles.push(handle);
        // SAFETY: see above.
        let code = unsafe {
            NotifyRouteChange2(
                AF_UNSPEC,
                Some(route_changed),
                context,
                false,
                &raw mut handle,
            )
        };
        done(code)?;
        notices.handles.push(handle);
        Ok(notices)
    }

    /// Waits for the next one. A call that is dropped loses nothing.
    pub async fn next(&self) {
        self.wake.notified().await;
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        for handle in self.handles.drain(..) {
            // SAFETY: it was opened, and nothing else ends it. The call comes back when no notice is being given any
            // more; it is not made from within one, which would wait for itself.
            let _: WIN32_ERROR = unsafe { CancelMibChangeNotify2(handle) };
        }
    }
}

/// Wakes who waits.
///
/// # Safety
/// The context is the one that was given.
unsafe fn wake(context: *const c_void) {
    // SAFETY: the caller sees to it, and it outlives the notices.
    if let Some(wake) = unsafe { context.cast::<Notify>().as_ref() } {
        wake.notify_one();
    }
}

unsafe extern "system" fn interface_changed(
    context: *const c_void,
    _: *const MIB_IPINTERFACE_ROW,
    _: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the one that was given.
    unsafe { wake(context) };
}

unsafe extern "system" fn address_changed(
    context: *const c_void,
    _: *const MIB_UNICASTIPADDRESS_ROW,
    _: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the one that was given.
    unsafe { wake(context) };
}

unsafe extern "system" fn route_changed(
    context: *const c_void,
    _: *const MIB_IPFORWARD_ROW2,
    _: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the one that was given.
    unsafe { wake(context) };
}
