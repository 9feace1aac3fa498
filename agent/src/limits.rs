//! Every bound of the agent, with its unit and its reason.
//!
//! Touches nothing. Must never hold a limit that no code enforces.

use std::time::Duration;

use sekisho_policy::limits::TEXT_BYTES_MAX;

/// How long the machine's own marks may take: a dozen small files.
pub const HOST_DEADLINE: Duration = Duration::from_secs(3);
/// How long the walk of the block devices may take. `zfs get` on a busy pool takes seconds.
pub const VOLUMES_DEADLINE: Duration = Duration::from_secs(15);
/// How long the antivirus products may take. Longer than any one of them is given.
pub const ANTIVIRUS_DEADLINE: Duration = Duration::from_secs(20);
/// How long the inventory may take. An rpm database of a workstation is 200 MB.
pub const SOFTWARE_DEADLINE: Duration = Duration::from_secs(30);
/// How long one program that tells a fact may run.
pub const TOOL_DEADLINE: Duration = Duration::from_secs(10);
/// How long one service may take to answer on its socket.
pub const SOCKET_DEADLINE: Duration = Duration::from_secs(5);

/// Bytes of one line or small file of `/sys`, `/proc` or `/etc`. A page is the most that sysfs gives.
pub const SMALL_FILE_BYTES_MAX: usize = 4096;
/// Bytes of mountinfo. A host with 10,000 container mounts has about 3 MB.
pub const MOUNTINFO_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of a configuration file or of one record of the udev database.
pub const CONFIG_BYTES_MAX: usize = 256 * 1024;
/// Block devices of one machine. A storage server with many paths has some hundreds.
pub const BLOCK_DEVICES_MAX: usize = 4096;
/// Layers of one stack of block devices; deeper is a circle or hostile.
pub const BLOCK_LAYERS_MAX: usize = 16;
/// Legs of one stack of block devices.
pub const BLOCK_LEGS_MAX: usize = 1024;
/// Bytes from the start of an unused partition, enough for every magic number that is looked for
/// (btrfs has the last one, at 65,600).
pub const HEADER_BYTES: usize = 68 * 1024;
/// Bytes of an unused partition without a known file system that is too small for user data:
/// BIOS boot, Microsoft reserved and alignment gaps.
pub const BLANK_PARTITION_BYTES: u64 = 32 * 1024 * 1024;
/// Bytes up to which a boot partition counts as one.
pub const BOOT_VOLUME_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of the answer of one program that tells a fact.
pub const TOOL_OUTPUT_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of dpkg's status file. 100,000 packages at the usual 950 bytes are 95 MB.
pub const DPKG_STATUS_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of one line of dpkg's status file. The longest real ones, lists of what a package
/// provides, are about 40 kB.
pub const DPKG_LINE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of an rpm database.
pub const RPM_DATABASE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Entries in the index of one rpm header, as rpm itself bounds it.
pub const RPM_INDEX_ENTRIES_MAX: usize = 65_536;
/// Bytes of snapd's list of snaps. One snap takes about 2 kB.
pub const SNAP_ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Directories looked into for Flatpak packages.
pub const FLATPAK_DIRECTORIES_MAX: usize = 20_000;
/// Home directories looked into.
pub const HOMES_MAX: usize = 1000;
/// Processes looked at when a program is searched for. The kernel's own ceiling on a laptop is
/// 4,194,304, a busy one has 2,000.
pub const PROCESSES_MAX: usize = 65_536;

const _: () = assert!(SMALL_FILE_BYTES_MAX <= TEXT_BYTES_MAX);
const _: () = assert!(TOOL_DEADLINE.as_secs() < VOLUMES_DEADLINE.as_secs());
const _: () = assert!(TOOL_DEADLINE.as_secs() < ANTIVIRUS_DEADLINE.as_secs());
const _: () = assert!(SOCKET_DEADLINE.as_secs() < SOFTWARE_DEADLINE.as_secs());
