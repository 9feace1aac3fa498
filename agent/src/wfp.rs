//! The words of the Windows Filtering Platform, as numbers: what is handed to it and what it hands back.
//!
//! Touches nothing. Must never interpret them: `enforce` makes filters of them, and `win` passes them on. Compiled on
//! every system, so that what Windows would be told is tested on any.
//!
//! A GUID is a number here, written as its text reads.

use thiserror::Error;

/// What names a provider, a sublayer, a layer, a field or a filter.
pub type Guid = u128;

/// `FWPM_LAYER_ALE_AUTH_CONNECT_V4` and `_V6`.
pub const CONNECT: [Guid; 2] = [
    0xc38d_57d1_05a7_4c33_904f_7fbc_eee6_0e82,
    0x4a72_393b_319f_44bc_84c3_ba54_dcb3_b6b4,
];
/// `FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4` and `_V6`.
pub const ACCEPT: [Guid; 2] = [
    0xe1cd_9fe7_f4b5_4273_96c0_592e_487b_8650,
    0xa3b4_2c97_9f04_4672_b87e_cee9_c483_257f,
];
/// `FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V4` and `_V6`.
pub const ASSIGN: [Guid; 2] = [
    0x1247_d66d_0b60_4a15_8d44_7155_d0f5_3a0c,
    0x55a6_50e1_5f0a_4eca_a653_88f5_3b26_aa8c,
];
/// `FWPM_LAYER_IPFORWARD_V4` and `_V6`.
pub const FORWARD: [Guid; 2] = [
    0xa82a_cc24_4ee1_4ee1_b465_fd1d_25cb_10a4,
    0x7b96_4818_19c7_493a_b71f_832c_3684_d28c,
];

/// `FWPM_CONDITION_FLAGS`, of [`FLAG_LOOPBACK`] and its like.
pub const FLAGS: Guid = 0x632c_e23b_5167_435c_86d7_e903_684a_a80c;
/// `FWPM_CONDITION_ALE_APP_ID`, the program.
pub const PROGRAM: Guid = 0xd78e_1e87_8644_4ea5_9437_d809_ecef_c971;
/// `FWPM_CONDITION_ALE_PROMISCUOUS_MODE`, 0 where a socket takes only what is for it.
pub const PROMISCUOUS: Guid = 0x1c97_4776_7182_46e9_afd3_b029_10e3_0334;
/// `FWPM_CONDITION_IP_PROTOCOL`.
pub const PROTOCOL: Guid = 0x3971_ef2b_623e_4f9a_8cb1_6e79_b806_b9a7;
/// `FWPM_CONDITION_IP_LOCAL_ADDRESS`.
pub const LOCAL_ADDRESS: Guid = 0xd9ee_00de_c1ef_4617_bfe3_ffd8_f5a0_8957;
/// `FWPM_CONDITION_IP_LOCAL_PORT`, which is `FWPM_CONDITION_ICMP_TYPE` too.
pub const LOCAL_PORT: Guid = 0x0c1b_a1af_5765_453f_af22_a8f7_91ac_775b;
/// `FWPM_CONDITION_IP_REMOTE_ADDRESS`.
pub const REMOTE_ADDRESS: Guid = 0xb235_ae9a_1d64_49b8_a44c_5ff3_d909_5045;
/// `FWPM_CONDITION_IP_REMOTE_PORT`, which is `FWPM_CONDITION_ICMP_CODE` too.
pub const REMOTE_PORT: Guid = 0xc35a_604d_d22b_4e1a_91b4_68f6_74ee_674b;

/// `FWP_CONDITION_FLAG_IS_LOOPBACK`.
pub const FLAG_LOOPBACK: u32 = 0x01;
/// `FWP_CONDITION_FLAG_IS_RAW_ENDPOINT`.
pub const FLAG_RAW: u32 = 0x10;

/// `FWP_MATCH_EQUAL`.
pub const EQUAL: i32 = 0;
/// `FWP_MATCH_GREATER`.
pub const GREATER: i32 = 1;
/// `FWP_MATCH_FLAGS_ANY_SET`.
pub const ANY_SET: i32 = 7;

/// `FWP_ACTION_BLOCK`.
pub const BLOCK: u32 = 0x1001;
/// `FWP_ACTION_PERMIT`.
pub const PERMIT: u32 = 0x1002;

/// `FWPM_FILTER_FLAG_PERSISTENT`, and that of providers and sublayers.
pub const PERSISTENT: u32 = 0x01;
/// `FWPM_FILTER_FLAG_BOOTTIME`.
pub const BOOT_TIME: u32 = 0x02;
/// `FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT`.
pub const HARD: u32 = 0x08;
/// `FWPM_FILTER_FLAG_DISABLED`.
pub const DISABLED: u32 = 0x20;

/// `RPC_S_SERVER_UNAVAILABLE` and `EPT_S_NOT_REGISTERED`: the service that holds the filters (BFE) does not run.
pub const NOT_RUNNING: [u32; 2] = [1722, 1753];
/// `RPC_S_CANNOT_SUPPORT`: there is no such platform.
pub const NOT_SUPPORTED: u32 = 1764;
/// `FWP_E_TIMEOUT`: somebody else's transaction did not end.
pub const TIMED_OUT: u32 = 0x8032_0012;
/// `ERROR_ACCESS_DENIED`.
pub const ACCESS_DENIED: u32 = 5;

/// A value, as `FWP_VALUE0` and `FWP_CONDITION_VALUE0` have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// None; as a weight, the platform's own choice.
    Empty,
    /// `FWP_UINT8`.
    U8(u8),
    /// `FWP_UINT16`.
    U16(u16),
    /// `FWP_UINT32`; an address of IPv4 too.
    U32(u32),
    /// `FWP_UINT64`.
    U64(u64),
    /// `FWP_BYTE_ARRAY16_TYPE`, an address of IPv6.
    V6([u8; 16]),
    /// `FWP_V6_ADDR_MASK`, addresses that begin alike.
    V6Net([u8; 16], u8),
    /// `FWP_BYTE_BLOB_TYPE`.
    Blob(Vec<u8>),
    /// Of a type that no filter of ours has, by its number.
    Other(i32),
}

/// `FWPM_FILTER_CONDITION0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// What is looked at.
    pub field: Guid,
    /// How it is compared (`FWP_MATCH_TYPE`).
    pub how: i32,
    /// With what.
    pub value: Value,
}

/// `FWPM_FILTER0`, as far as it says what passes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// Its own name.
    pub key: Guid,
    /// Whose it is.
    pub provider: Option<Guid>,
    /// Where it looks.
    pub layer: Guid,
    /// Among which others it is weighed.
    pub sublayer: Guid,
    /// How long it lasts, and whether it is in use.
    pub flags: u32,
    /// How it is weighed among them.
    pub weight: Value,
    /// All that must hold.
    pub conditions: Vec<Condition>,
    /// What it does then (`FWP_ACTION_TYPE`).
    pub action: u32,
}

/// `FWPM_SUBLAYER0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sublayer {
    /// Its own name.
    pub key: Guid,
    /// Whose it is.
    pub provider: Option<Guid>,
    /// How long it lasts.
    pub flags: u32,
    /// How it is weighed among other sublayers.
    pub weight: u16,
    /// What its provider keeps with it.
    pub data: Vec<u8>,
}

/// What stands under one provider and in its sublayer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Objects {
    /// The sublayer, where it is there.
    pub sublayer: Option<Sublayer>,
    /// Every filter that names the provider, or stands in the sublayer whoever's it is.
    pub filters: Vec<Filter>,
}

/// A call that did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{call} gave {code:#010x}")]
pub struct Refused {
    /// The name of the call.
    pub call: &'static str,
    /// What it gave: of `FWP_E_*`, of RPC, or of Windows itself.
    pub code: u32,
}

/// The holder of the filters, under one provider.
pub trait Engine {
    /// What stands there now.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be told.
    fn look(&mut self) -> Result<Objects, Refused>;

    /// What stands for the agent's own program in [`PROGRAM`].
    ///
    /// # Errors
    /// [`Refused`] when it cannot be told.
    fn own_program(&mut self) -> Result<Vec<u8>, Refused>;

    /// Puts these in place of all that stands there, in one transaction; empty ones leave nothing.
    ///
    /// # Errors
    /// [`Refused`] when it was not done; all is then as it was.
    fn replace(&mut self, objects: &Objects) -> Result<(), Refused>;
}
