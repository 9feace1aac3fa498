//! The Wi-Fi of this machine, as its service (WlanSvc) has it.
//!
//! Touches wlanapi, only to ask. Must never scan, keep anything of a network that the laptop is not connected to, nor
//! need the library to be there: a Windows for servers has none, and must start the agent all the same.

use std::ffi::c_void;
use std::io;
use std::mem::transmute;

use windows::Win32::Foundation::{ERROR_INVALID_STATE, ERROR_SERVICE_NOT_ACTIVE, HANDLE, HMODULE};
use windows::Win32::NetworkManagement::WiFi::{
    DOT11_BSS_TYPE, DOT11_SSID, WLAN_BSS_ENTRY, WLAN_BSS_LIST, WLAN_CONNECTION_ATTRIBUTES,
    WLAN_INTERFACE_INFO_LIST, WLAN_INTF_OPCODE, WLAN_OPCODE_VALUE_TYPE,
    wlan_interface_state_ad_hoc_network_formed, wlan_interface_state_connected,
    wlan_intf_opcode_current_connection,
};
use windows::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows::core::{BOOL, GUID, s, w};

use super::network::guid;
use crate::wlan::{
    ACCESS_POINTS_MAX, ADAPTERS_MAX, AccessPoint, Adapter, Answer, Connection, ELEMENTS_BYTES_MAX,
    Told,
};

/// The version of the interface since Windows Vista.
const VERSION: u32 = 2;

type Open = unsafe extern "system" fn(u32, *const c_void, *mut u32, *mut HANDLE) -> u32;
type Close = unsafe extern "system" fn(HANDLE, *const c_void) -> u32;
type Free = unsafe extern "system" fn(*const c_void);
type Enumerate =
    unsafe extern "system" fn(HANDLE, *const c_void, *mut *mut WLAN_INTERFACE_INFO_LIST) -> u32;
type Query = unsafe extern "system" fn(
    HANDLE,
    *const GUID,
    WLAN_INTF_OPCODE,
    *const c_void,
    *mut u32,
    *mut *mut c_void,
    *mut WLAN_OPCODE_VALUE_TYPE,
) -> u32;
type List = unsafe extern "system" fn(
    HANDLE,
    *const GUID,
    *const DOT11_SSID,
    DOT11_BSS_TYPE,
    BOOL,
    *const c_void,
    *mut *mut WLAN_BSS_LIST,
) -> u32;

/// The calls of the library that are needed. It stays loaded: what it started may still run.
struct Library {
    open: Open,
    close: Close,
    free: Free,
    enumerate: Enumerate,
    query: Query,
    list: List,
}

/// What Windows tells of Wi-Fi.
///
/// # Errors
/// What the system says.
pub fn told() -> io::Result<Told> {
    let none = Told {
        has_no_service: true,
        ..Told::default()
    };
    let Some(library) = Library::load() else {
        return Ok(none);
    };
    let client = match Client::open(&library) {
        Ok(client) => client,
        Err(code) if code == ERROR_SERVICE_NOT_ACTIVE.0 => return Ok(none),
        Err(code) => return Err(said(code)),
    };
    let adapters = client.adapters().map_err(said)?;
    Ok(Told {
        has_no_service: false,
        adapters,
    })
}

fn said(code: u32) -> io::Error {
    io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(i32::MAX))
}

impl Library {
    fn load() -> Option<Self> {
        // SAFETY: the name ends with a zero, and only the system's own folder is looked into.
        let library =
            unsafe { LoadLibraryExW(w!("wlanapi.dll"), None, LOAD_LIBRARY_SEARCH_SYSTEM32) }
                .ok()?;
        // SAFETY: each of these has in wlanapi.h the type that it is given here.
        unsafe {
            Some(Self {
                open: transmute::<Any, Open>(call(library, s!("WlanOpenHandle"))?),
                close: transmute::<Any, Close>(call(library, s!("WlanCloseHandle"))?),
                free: transmute::<Any, Free>(call(library, s!("WlanFreeMemory"))?),
                enumerate: transmute::<Any, Enumerate>(call(library, s!("WlanEnumInterfaces"))?),
                query: transmute::<Any, Query>(call(library, s!("WlanQueryInterface"))?),
                list: transmute::<Any, List>(call(library, s!("WlanGetNetworkBssList"))?),
            })
        }
    }
}

type Any = unsafe extern "system" fn() -> isize;

fn call(library: HMODULE, name: windows::core::PCSTR) -> Option<Any> {
    // SAFETY: the library is loaded, and the name ends with a zero.
    unsafe { GetProcAddress(library, name) }
}

/// A session with the service.
struct Client<'a> {
    library: &'a Library,
    handle: HANDLE,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        // SAFETY: it was opened, and nothing else closes it.
        unsafe { (self.library.close)(self.handle, std::ptr::null()) };
    }
}

impl<'a> Client<'a> {
    fn open(library: &'a Library) -> Result<Self, u32> {
        let (mut version, mut handle) = (0, HANDLE::default());
        // SAFETY: both outlive the call.
        let code =
            unsafe { (library.open)(VERSION, std::ptr::null(), &raw mut version, &raw mut handle) };
        match code {
            0 => Ok(Self { library, handle }),
            code => Err(code),
        }
    }

    fn adapters(&self) -> Result<Vec<Adapter>, u32> {
        let mut list: *mut WLAN_INTERFACE_INFO_LIST = std::ptr::null_mut();
        // SAFETY: the session is open, and `list` outlives the call.
        match unsafe { (self.library.enumerate)(self.handle, std::ptr::null(), &raw mut list) } {
            0 => {}
            code => return Err(code),
        }
        let list = Owned(self.library, list);
        // SAFETY: the call succeeded, so a list stands there.
        let Some(head) = (unsafe { list.1.as_ref() }) else {
            return Ok(vec![]);
        };
        let count = usize::try_from(head.dwNumberOfItems).unwrap_or(0);
        // SAFETY: as many follow one another as it says.
        let all = unsafe {
            std::slice::from_raw_parts(head.InterfaceInfo.as_ptr(), count.min(ADAPTERS_MAX))
        };
        let adapters = all.iter().map(|one| {
            let is_connected = one.isState == wlan_interface_state_connected
                || one.isState == wlan_interface_state_ad_hoc_network_formed;
            let connection = match is_connected {
                true => self.connection(&one.InterfaceGuid),
                false => None,
            };
            Adapter {
                id: guid(&one.InterfaceGuid),
                connection,
            }
        });
        Ok(adapters.collect())
    }

    /// The connection of an adapter; none where it has just ended.
    fn connection(&self, adapter: &GUID) -> Option<Answer<Connection>> {
        let (mut bytes, mut told) = (0, std::ptr::null_mut());
        // SAFETY: the session is open; the others outlive the call, and where the value comes from need not be told.
        let code = unsafe {
            (self.library.query)(
                self.handle,
                adapter,
                wlan_intf_opcode_current_connection,
                std::ptr::null(),
                &raw mut bytes,
                &raw mut told,
                std::ptr::null_mut(),
            )
        };
        match code {
            0 => {}
            code if code == ERROR_INVALID_STATE.0 => return None,
            code => return Some(Answer::Failed(code)),
        }
        let told = Owned(self.library, told.cast::<WLAN_CONNECTION_ATTRIBUTES>());
        let size = usize::try_from(bytes).unwrap_or(0);
        if size < size_of::<WLAN_CONNECTION_ATTRIBUTES>() {
            return None;
        }
        // SAFETY: the call succeeded, and as many bytes stand there as the structure has.
        let told = unsafe { told.1.as_ref() }?;
        let (network, security) = (
            &told.wlanAssociationAttributes,
            &told.wlanSecurityAttributes,
        );
        let length = usize::try_from(network.dot11Ssid.uSSIDLength).unwrap_or(0);
        let ssid = network.dot11Ssid.ucSSID.get(..length).unwrap_or_default();
        Some(Answer::Told(Connection {
            ssid: data_encoding::HEXLOWER.encode(ssid),
            is_secured: security.bSecurityEnabled.as_bool(),
            authentication: security.dot11AuthAlgorithm.0,
            cipher: security.dot11CipherAlgorithm.0,
            access_point: self.access_point(adapter, told),
        }))
    }

    /// The access point of a connection; none where it is not listed.
    fn access_point(
        &self,
        adapter: &GUID,
        connection: &WLAN_CONNECTION_ATTRIBUTES,
    ) -> Option<Answer<AccessPoint>> {
        let network = &connection.wlanAssociationAttributes;
        let mut list: *mut WLAN_BSS_LIST = std::ptr::null_mut();
        // SAFETY: the session is open, and the others outlive the call.
        let code = unsafe {
            (self.library.list)(
                self.handle,
                adapter,
                &raw const network.dot11Ssid,
                network.dot11BssType,
                connection.wlanSecurityAttributes.bSecurityEnabled,
                std::ptr::null(),
                &raw mut list,
            )
        };
        if code != 0 {
            return Some(Answer::Failed(code));
        }
        let list = Owned(self.library, list);
        // SAFETY: the call succeeded, so a list stands there.
        let head = unsafe { list.1.as_ref() }?;
        let count = usize::try_from(head.dwNumberOfItems).unwrap_or(0);
        let first = head.wlanBssEntries.as_ptr();
        // SAFETY: as many follow one another as it says.
        let all = unsafe { std::slice::from_raw_parts(first, count.min(ACCESS_POINTS_MAX)) };
        let entry = all
            .iter()
            .find(|one| one.dot11Bssid == network.dot11Bssid)?;
        let total = usize::try_from(head.dwTotalSize).unwrap_or(0);
        // SAFETY: the list is kept while it is read, and is as large as it says.
        let elements = unsafe { elements(list.1.cast(), total, entry) }?;
        Some(Answer::Told(AccessPoint {
            capability: entry.usCapabilityInformation,
            elements: data_encoding::HEXLOWER.encode(elements),
        }))
    }
}

/// The elements of an entry, which lie behind the list at a distance from the entry.
///
/// # Safety
/// The entry lies in the list, and the list has so many bytes.
unsafe fn elements<'a>(
    list: *const u8,
    total: usize,
    entry: &'a WLAN_BSS_ENTRY,
) -> Option<&'a [u8]> {
    let at = (&raw const *entry).cast::<u8>();
    let length = usize::try_from(entry.ulIeSize).ok()?;
    let distance = usize::try_from(entry.ulIeOffset).ok()?;
    let from = at.addr().checked_sub(list.addr())?.checked_add(distance)?;
    let is_within = from.checked_add(length)? <= total && length <= ELEMENTS_BYTES_MAX;
    // SAFETY: the caller sees to it, and they end within the list.
    is_within.then(|| unsafe { std::slice::from_raw_parts(list.add(from), length) })
}

/// What the service made for whoever asked.
struct Owned<'a, T>(&'a Library, *mut T);

impl<T> Drop for Owned<'_, T> {
    fn drop(&mut self) {
        if !self.1.is_null() {
            // SAFETY: the service made it, and nobody has freed it.
            unsafe { (self.0.free)(self.1.cast()) };
        }
    }
}
