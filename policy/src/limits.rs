//! Every bound of the vocabulary: how many, how long, how large, and why that number.
//!
//! Touches nothing. Must never grow a limit that no code enforces.

use crate::time::Span;

/// Items of one inventory. A developer's laptop with every runtime has about 6,000 packages; a first
/// inventory of 30,000 must pass.
pub const SOFTWARE_ITEMS_MAX: usize = 100_000;
/// Volumes of one laptop, snap images and bind mounts left out.
pub const VOLUMES_MAX: usize = 512;
/// Antivirus products on one laptop.
pub const ANTIVIRUS_PRODUCTS_MAX: usize = 32;
/// Scans that one product remembers. Microsoft Defender keeps seven.
pub const SCANS_MAX: usize = 16;
/// Detections of one product: what is still active goes before what was dealt with.
pub const DETECTIONS_MAX: usize = 64;
/// Packages named that lack a security update; all are counted. A laptop that was away for a year lacks
/// some hundreds.
pub const PENDING_UPDATES_MAX: usize = 256;
/// Places that the agent could not watch. It watches some twenty.
pub const UNWATCHED_MAX: usize = 64;
/// Accounts with more rights than a user's on one laptop.
pub const ADMINISTRATORS_MAX: usize = 256;
/// Sources of accounts in nsswitch.conf(5). There are some ten.
pub const ACCOUNT_SOURCES_MAX: usize = 32;
/// Groups that give one account its rights.
pub const ADMINISTRATOR_GROUPS_MAX: usize = 8;
/// Graphical sessions on one laptop.
pub const SESSIONS_MAX: usize = 32;
/// Links that carry traffic, and VPNs beside them. A laptop has some five.
pub const NETWORK_LINKS_MAX: usize = 32;
/// Addresses of one link.
pub const LINK_ADDRESSES_MAX: usize = 16;
/// Default routes that the kernel takes: two for each half of each family.
pub const DEFAULT_ROUTES_MAX: usize = 8;
/// Servers that the resolver asks. resolv.conf(5) takes three; systemd-resolved lists those of every link.
pub const DNS_SERVERS_MAX: usize = 16;
/// Wi-Fi networks that one laptop is connected to.
pub const WIFI_MAX: usize = 8;
/// Names of networks, or of VPN links, in one list of a policy.
pub const NETWORK_NAMES_MAX: usize = 1000;
/// Ways to authenticate that one access point offers, and ciphers beside them.
pub const WIFI_SUITES_MAX: usize = 16;
/// Lines of evidence beside one fact or finding.
pub const EVIDENCE_MAX: usize = 64;
/// Bytes of one name, version or path. `PATH_MAX` on Linux is 4,096.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Bytes of a policy document. The shipped one is 11 KiB; deny lists of thousands of names fit.
pub const POLICY_BYTES_MAX: usize = 1024 * 1024;
/// Groups in one policy document.
pub const GROUPS_MAX: usize = 256;
/// Characters of the name of a group: what a column of a list can show.
pub const GROUP_NAME_CHARS_MAX: usize = 64;
/// Names in one allow or deny list.
pub const LIST_ITEMS_MAX: usize = 10_000;
/// Findings of one verdict: one for each rule, so a bound on rules.
pub const FINDINGS_MAX: usize = 256;
/// Names with a star in one list: each is tried on every one of up to 100,000 packages.
pub const GLOBS_MAX: usize = 500;
/// Characters of one name in a list. The longest names of Windows programs stay under 255.
pub const PATTERN_CHARS_MAX: usize = 256;
/// Stars in one name of a list.
pub const PATTERN_STARS_MAX: usize = 8;
/// Exceptions that hold for one device, and those that are to come.
pub const EXCEPTIONS_MAX: usize = 64;
/// Rules of the company's own in one group, those of the default group included.
pub const COMPANY_RULES_MAX: usize = 100;
/// Characters of the title of a rule of the company's own: what a column of a table can show.
pub const TITLE_CHARS_MAX: usize = 64;
/// Characters of an expression: some thirty lines.
pub const EXPRESSION_CHARS_MAX: usize = 2000;
/// Levels that an expression nests.
pub const EXPRESSION_DEPTH_MAX: u16 = 32;
/// Steps of evaluating an expression on the largest laptop. Thirty parts over every package of an inventory
/// at its limit fit; a pass over every pair of packages does not.
pub const EXPRESSION_COST_MAX: u64 = 4_000_000;
/// Steps of evaluating all rules of the company's own for one verdict, and of naming what breaks them: about a tenth of
/// a second. A hundred rules over every package of an ordinary laptop take a sixth of it.
pub const COMPANY_COST_MAX: u64 = 20_000_000;
/// Bytes of evidence of all rules of the company's own in one verdict. It is kept for every device.
pub const COMPANY_EVIDENCE_BYTES_MAX: usize = 64 * 1024;
/// Things that a rule of the company's own names as breaking it; the others are counted. A verdict holds what
/// a hundred such rules name.
pub const CULPRITS_MAX: usize = 16;
/// Characters of one name or value inside a sentence: enough for any path a person would read.
pub const SHOWN_CHARS_MAX: usize = 256;
/// Characters of a reason a person gives with an order.
pub const REASON_CHARS_MAX: usize = 500;
/// Addresses an isolated laptop may still reach.
pub const ALLOWED_ENDPOINTS_MAX: usize = 64;

/// How far a laptop's clock may differ from the collector's before it counts as wrong: a message may wait
/// a minute on a slow line.
pub const CLOCK_OFF_MAX: Span = Span::from_secs(120);

/// What is mended and breaks again within this is the same finding, whose grace goes on: a setting that is switched to
/// and fro neither gains time nor looks mended.
pub const RETURNS_WITHIN: Span = Span::from_hours(1);

const _: () = assert!(TEXT_BYTES_MAX * 4 < POLICY_BYTES_MAX);
const _: () = assert!(GLOBS_MAX < LIST_ITEMS_MAX);
const _: () = assert!(PATTERN_CHARS_MAX <= SHOWN_CHARS_MAX);
const _: () = assert!(COMPANY_RULES_MAX < FINDINGS_MAX);
const _: () = assert!(CULPRITS_MAX + 2 <= EVIDENCE_MAX);
const _: () = assert!(EXPRESSION_CHARS_MAX < TEXT_BYTES_MAX);
