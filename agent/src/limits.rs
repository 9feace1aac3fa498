//! Every bound of the agent, with its unit and its reason.
//!
//! Touches nothing. Must never hold a limit that no code enforces.

use std::time::Duration;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::limits::TEXT_BYTES_MAX;
use sekisho_proto::limits::{
    MESSAGE_BYTES_MAX, SECTION_COMPRESSED_BYTES_MAX, SMALL_SECTION_BYTES_MAX,
};

/// Bytes of a log file of the agent's own; it is put aside then, and there is one aside.
pub const LOG_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of a printed token; it has some 100.
pub const TOKEN_BYTES_MAX: usize = 1024;
/// How long the machine's own marks may take: a dozen small files.
pub const HOST_DEADLINE: Duration = Duration::from_secs(3);
/// How long the walk of the block devices may take. `zfs get` on a busy pool takes seconds.
pub const VOLUMES_DEADLINE: Duration = Duration::from_secs(15);
/// How long the antivirus products may take. Microsoft Defender is asked three things, one after the other.
pub const ANTIVIRUS_DEADLINE: Duration = Duration::from_secs(40);
/// How long the inventory may take. An rpm database of a workstation is 200 MB.
pub const SOFTWARE_DEADLINE: Duration = Duration::from_secs(30);
/// How long each fact of the platform may take: some small files, or one program.
pub const PLATFORM_DEADLINE: Duration = Duration::from_secs(12);
/// How long the updates may take. The lists of a Debian's security archive are some 10 MB.
pub const UPDATES_DEADLINE: Duration = Duration::from_secs(30);
/// How long each fact of the networks may take. The kernel answers while it is asked, unless a driver is stuck.
pub const NETWORK_DEADLINE: Duration = Duration::from_secs(5);
/// How long one program that tells a fact may run.
pub const TOOL_DEADLINE: Duration = Duration::from_secs(10);
/// How long one service may take to answer on its socket.
pub const SOCKET_DEADLINE: Duration = Duration::from_secs(5);

/// Bytes of one line or small file of `/sys`, `/proc` or `/etc`. A page is the most that sysfs gives.
pub const SMALL_FILE_BYTES_MAX: usize = 4096;
/// Drop-ins of one unit of systemd.
pub const DROP_INS_MAX: usize = 1024;
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

/// Bytes of one answer of the kernel by netlink. A host of containers with some thousand links has 5 MB.
pub const NETLINK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of dpkg's status file. 100,000 packages at the usual 950 bytes are 95 MB.
pub const DPKG_STATUS_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of one line of dpkg's status file. The longest real ones, lists of what a package
/// provides, are about 40 kB.
pub const DPKG_LINE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of one of apt's lists, unpacked. That of a whole Debian takes 60 MB.
pub const APT_LIST_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of the listing of all rules of the kernel's firewall. One with long lists of addresses takes some MB.
pub const RULESET_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Chains that lead into one another. The kernel itself takes no more than 16 (NFT_JUMP_STACK_SIZE).
pub const CHAIN_DEPTH_MAX: usize = 16;
/// Rules that are followed on one way in. A laptop has some hundreds.
pub const RULES_FOLLOWED_MAX: usize = 1_000_000;
/// Variables of the firmware. A laptop has some hundreds.
pub const EFI_VARIABLES_MAX: usize = 16_384;
/// Security chips that the kernel names.
pub const TPMS_MAX: usize = 64;
/// Bytes of one database of dconf, or of the compiled schemas. Those of a GNOME take about 200 KiB.
pub const DCONF_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Databases in one profile of dconf.
pub const DCONF_SOURCES_MAX: usize = 32;
/// Files of logind's notes of sessions; two for each.
pub const SESSION_FILES_MAX: usize = 4096;
/// Files of what sssd has kept of its domains.
pub const SSSD_CACHES_MAX: usize = 1024;
/// Desktops that can be logged in to.
pub const DESKTOPS_MAX: usize = 1024;
/// The memory that a zstd list may take to unpack, as a power of two: 8 MiB, the most that its ordinary levels
/// take.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Bytes of one repository's advisories, unpacked. Those of a whole RHEL take some 60 MB.
pub const UPDATEINFO_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Files and folders in a cache of dnf or zypper.
pub const REPOSITORIES_MAX: usize = 4096;
/// Files among apt's lists. A laptop with many sources has some hundreds.
pub const APT_LISTS_MAX: usize = 8192;
/// Bytes from the start of a Release file within which the archive says what it is; its digests follow.
pub const RELEASE_BYTES_MAX: u64 = 8192;
/// Bytes of an rpm database.
pub const RPM_DATABASE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of an rpm database that cannot be read and is captured as it is.
pub const RPM_DATABASE_KEPT_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Entries in the index of one rpm header, as rpm itself bounds it.
pub const RPM_INDEX_ENTRIES_MAX: usize = 65_536;
/// Bytes of snapd's list of snaps. One snap takes about 2 kB.
pub const SNAP_ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Directories looked into for Flatpak packages, in all installations of a machine together.
pub const FLATPAK_DIRECTORIES_MAX: usize = 20_000;
/// Paths in the list of a captured system. A laptop has some thousands, most of them of block devices.
pub const CAPTURE_PATHS_MAX: usize = 100_000;
/// Bytes of that list. A path takes about 150.
pub const CAPTURE_INDEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a captured system. Most of it is rpm's database, or apt's lists.
pub const CAPTURE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Home directories looked into.
pub const HOMES_MAX: usize = 1000;
/// Processes looked at when a program is searched for. The kernel's own ceiling on a laptop is
/// 4,194,304, a busy one has 2,000.
pub const PROCESSES_MAX: usize = 65_536;

const _: () = assert!(SMALL_FILE_BYTES_MAX <= TEXT_BYTES_MAX);
const _: () = assert!(TOOL_DEADLINE.as_secs() < VOLUMES_DEADLINE.as_secs());
const _: () = assert!(3 * TOOL_DEADLINE.as_secs() < ANTIVIRUS_DEADLINE.as_secs());
const _: () = assert!(SOCKET_DEADLINE.as_secs() < SOFTWARE_DEADLINE.as_secs());

/// Bytes of the agent's own configuration file. It has a handful of keys.
pub const SETTINGS_BYTES_MAX: usize = 64 * 1024;
/// Seconds between two readings of all facts when nothing announces a change: an hour, as most
/// changes announce themselves.
pub const CHECK_INTERVAL_SECS: u32 = 3600;
/// The least such interval: reading all facts takes up to a tenth of a second of CPU.
pub const CHECK_INTERVAL_SECS_MIN: u32 = 60;
/// The greatest such interval: what no event announces is seen within a day.
pub const CHECK_INTERVAL_SECS_MAX: u32 = 86_400;

/// Bytes of one file of the agent's memory. The largest holds a policy document.
pub const MEMORY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a private key file. One for P-256 takes about 140.
pub const KEY_BYTES_MAX: usize = 16 * 1024;
/// Requests remembered so that each is carried out once. An administrator asks a device a few times
/// a day at most.
pub const REQUESTS_REMEMBERED_MAX: usize = 64;

/// Reports kept while the collector cannot be reached. At one an hour it is ten days.
pub const OUTBOX_REPORTS_MAX: usize = 256;
/// Bytes of section bodies kept with them, compressed. An inventory of 30,000 packages takes about
/// 1 MiB.
pub const OUTBOX_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the row of reports. One takes about 200.
pub const OUTBOX_ROW_BYTES_MAX: usize = 1024 * 1024;

/// Certificates in a chain the collector gives.
pub const CHAIN_MAX: usize = 8;
/// Root certificates and order keys the collector gives: two of each with overlap, and as many again.
pub const ROOTS_MAX: usize = 4;
/// Bytes of one certificate.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a nonce of the enrolment listener.
pub const NONCE_BYTES_MAX: usize = 64;

/// Seconds for a TCP connection and the TLS handshake on it.
pub const CONNECT_SECS: u64 = 20;
/// Seconds for the answer to one call, and for the first word on a link.
pub const CALL_SECS: u64 = 30;
/// Seconds that sent bytes may go unacknowledged by the peer's kernel before the connection counts as dead.
pub const UNACKNOWLEDGED_SECS: u32 = 30;
/// Seconds of silence before an HTTP/2 ping. Longer than a pulse, so that a living link has none.
pub const KEEPALIVE_SECS: u64 = 75;
/// Seconds for the answer to an HTTP/2 ping or to a pulse.
pub const KEEPALIVE_ANSWER_SECS: u64 = 20;
/// Seconds between pulses unless the collector says otherwise.
pub const PULSE_SECS: u32 = 60;
/// The least time between pulses that a collector may ask for.
pub const PULSE_SECS_MIN: u32 = 5;
/// The greatest time between pulses that a collector may ask for.
pub const PULSE_SECS_MAX: u32 = 900;
/// Milliseconds of the first wait after a break, doubled each time; the wait is drawn from 0 to it.
/// Ten thousand laptops that lose their collector at once come back over three seconds.
pub const BACKOFF_FIRST_MS: i64 = 3_000;
/// Milliseconds of the longest wait after a break.
pub const BACKOFF_MAX_MS: i64 = 300_000;
/// Milliseconds that a collector may ask an agent to wait.
pub const BUSY_MAX_MS: u32 = 600_000;
/// Seconds for the acknowledgement of a report before the link counts as dead.
pub const ACK_SECS: i64 = 120;
/// Messages waiting between the link and the cycle, either way.
pub const LINK_QUEUE_MAX: usize = 64;
/// Bytes waiting to be sent. The largest report fits, and what is said beside it.
pub const SAID_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes received that wait for the cycle; the collector is not read while they do.
pub const HEARD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Seconds for one reading of all facts; each fact has its own deadline below it.
pub const GATHER_SECS: u64 = 120;
/// Seconds between an announced change and the reading that follows, so that one upgrade of many packages
/// is read once.
pub const SETTLE_SECS: i64 = 5;
/// Seconds within which the laptops of a fleet report under a new policy or as an exception changes, begins or
/// ends, each at a moment of its own.
pub const REPORT_SPREAD_SECS: i64 = 60;
/// Seconds after which a change is read although others keep coming.
pub const SETTLE_MAX_SECS: i64 = 60;
/// Seconds between two readings of all facts, however many changes are announced.
pub const GATHER_PAUSE_SECS: i64 = 20;
/// Seconds since boot by which what starts with the system has started, a clamd that loads its definitions
/// among it: then all facts are read once more.
pub const BOOTED_SECS: i64 = 600;
/// How long one beacon may take to answer over one link. On the internal network it takes some milliseconds.
pub const BEACON_ANSWER: Duration = Duration::from_secs(2);
/// Seconds within which the answers of all beacons are there, the links read among them.
pub const BEACON_WAIT_SECS: i64 = 4;
/// Seconds between two questions when nothing announces a change, at the most.
pub const BEACON_EVERY_SECS: i64 = 600;
/// Milliseconds by which such a question may come earlier, so that a site that came up at once does not ask at once.
pub const BEACON_EARLY_MS: i64 = 60_000;
/// Seconds for which what was found holds: a laptop that slept past them may be anywhere.
pub const BEACON_GOOD_SECS: i64 = 660;
/// Seconds until a beacon that was not reached from inside is asked again, before that counts.
pub const BEACON_AGAIN_SECS: i64 = 5;
/// Milliseconds over which the laptops of a site spread that second question.
pub const BEACON_AGAIN_SPREAD_MS: i64 = 3000;
/// Seconds within which a laptop asks when its collector is back, or after a question that came to no end.
pub const BEACON_SOON_SECS: i64 = 30;
/// Seconds between two looks at the links, however often they change.
pub const BEACON_PAUSE_SECS: i64 = 3;
/// Milliseconds for which links settle before a beacon is asked over them.
pub const SETTLE_LINKS_MS: i64 = 1000;
/// Milliseconds over which the laptops of a site spread what follows.
pub const SETTLE_LINKS_SPREAD_MS: i64 = 2000;
/// Links that beacons are asked over. A laptop on a dock has two.
pub const BEACON_LINKS_MAX: usize = 4;
/// Times a collector may ask for sections of one report before the link counts as broken.
pub const NEEDS_MAX: u32 = 3;
/// Seconds after which a link counts as healthy, so that its break is the first again.
pub const HEALTHY_SECS: i64 = 60;
/// Seconds between two notes on disk of the newest time heard.
pub const CLOCK_KEEP_SECS: i64 = 3600;
/// The longest sleep, in seconds: a clock that was set is noticed after it at the latest.
pub const SLEEP_MAX_SECS: i64 = 900;
/// Seconds between two attempts to write what could not be written.
pub const KEEP_RETRY_SECS: i64 = 60;
/// Seconds between two accounts on disk of how long an order with an end has been in force.
pub const ELAPSED_KEEP_SECS: i64 = 600;
/// Seconds between two looks at whether the firewall still holds what was ordered.
pub const RECONCILE_SECS: i64 = 300;
/// Seconds between two looks at a firewall that cannot be read, on a laptop that never had an order: it may
/// have no `nft` at all.
pub const RECONCILE_UNORDERED_SECS: i64 = 3600;
/// Seconds until the firewall is told again what it refused, doubled each time up to that: whoever gave
/// the order is waiting.
pub const RECONCILE_RETRY_SECS: i64 = 5;

/// People of this machine asking at the same time.
pub const LOCAL_CLIENTS_MAX: usize = 16;
/// Bytes of one question on the local socket.
pub const LOCAL_QUESTION_BYTES_MAX: usize = 4 * 1024;
/// Bytes of one answer on the local socket. A policy document takes up to twice its size in JSON.
pub const LOCAL_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Seconds after which `check --watch` looks though nothing announced a change.
pub const WATCH_AGAIN_SECS: u64 = 60;
/// Milliseconds for which it waits for more announcements.
pub const WATCH_CALM_MS: u64 = 500;
/// Sessions that are told what changes.
pub const LOCAL_WATCHERS_MAX: usize = 32;
/// Seconds after which a session that cannot hear the agent tries again, at first and at most.
pub const NOTIFY_RETRY_SECS: u64 = 2;
/// See [`NOTIFY_RETRY_SECS`].
pub const NOTIFY_RETRY_SECS_MAX: u64 = 60;
/// Seconds after which a session looks whether time alone has made something due.
pub const NOTICES_AGAIN_SECS: u64 = 900;
/// Seconds for which what was mended and comes back is not shown again.
pub const NOTICE_CALM_SECS: i64 = 3600;
/// Seconds after which what is overdue is shown again.
pub const NOTICE_REMINDER_SECS: i64 = 86_400;
/// Seconds for one question and its answer.
pub const LOCAL_SECS: u64 = 10;

const _: () = assert!(CHECK_INTERVAL_SECS_MIN <= CHECK_INTERVAL_SECS);
const _: () = assert!(CHECK_INTERVAL_SECS <= CHECK_INTERVAL_SECS_MAX);
const _: () = assert!(PULSE_SECS_MIN <= PULSE_SECS && PULSE_SECS <= PULSE_SECS_MAX);
const _: () = assert!(KEEPALIVE_SECS > PULSE_SECS as u64);
const _: () = assert!(MEMORY_BYTES_MAX > sekisho_policy::limits::POLICY_BYTES_MAX);
const _: () = assert!(LOCAL_ANSWER_BYTES_MAX > 3 * sekisho_policy::limits::POLICY_BYTES_MAX);
const _: () = assert!(HEARD_BYTES_MAX > MESSAGE_BYTES_MAX);
const _: () = assert!(
    SAID_BYTES_MAX
        > SECTION_COMPRESSED_BYTES_MAX
            + (SectionKind::ALL.len() - 1) * SMALL_SECTION_BYTES_MAX
            + MESSAGE_BYTES_MAX
);
const _: () = assert!(SETTLE_SECS < SETTLE_MAX_SECS);
const _: () = assert!(OUTBOX_REPORTS_MAX * 1024 < OUTBOX_ROW_BYTES_MAX);
const _: () = assert!(BEACON_ANSWER.as_secs() < BEACON_WAIT_SECS as u64);
const _: () = assert!(BEACON_WAIT_SECS < SETTLE_MAX_SECS);
const _: () = assert!(
    BEACON_EVERY_SECS + 2 * BEACON_WAIT_SECS + BEACON_AGAIN_SECS + BEACON_AGAIN_SPREAD_MS / 1000
        < BEACON_GOOD_SECS
);
const _: () = assert!(BEACON_EARLY_MS < BEACON_EVERY_SECS * 1000);
