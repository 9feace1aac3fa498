//! Every bound of the collector, with its unit and its reason.
//!
//! Touches nothing. Must never hold a bound that nobody enforces.

/// Transactions written and synced together. At 2 KiB each a group is then about 1 MiB, past which
/// waiting longer saves nothing.
pub const GROUP_MAX: usize = 512;
/// Transactions that show that more are on their way: a group of so many waits a little for them. A lone
/// laptop is not kept waiting.
pub const GROUP_WAITS_FROM: usize = 8;
/// Transactions that are not worth waiting for more: past this a group saves little by growing.
pub const GROUP_FULL: usize = 256;
/// Milliseconds that a group waits for more: less than the sync takes on most disks.
pub const GROUP_WAIT_MS: u64 = 2;
/// Transactions waiting for the disk. Past this the answer is "busy", with a time to come back.
pub const WAITING_MAX: usize = 8192;
/// Rows of one page of a list.
pub const PAGE_MAX: usize = 1000;
/// Characters of a reason, a name, an owner or an asset number typed by a person.
pub const FIELD_CHARS_MAX: usize = 500;
/// Certificates kept beside a device: the present one and those that may still be in use.
pub const CERTIFICATES_MAX: usize = 4;
/// Messages waiting for one device that does not read. Past this it is cut off and told everything
/// anew when it comes back.
pub const OUTGOING_MAX: usize = 64;
/// Seconds a TLS handshake may take. A laptop on a mobile network needs one or two.
pub const HANDSHAKE_SECS: u64 = 10;
/// Milliseconds to wait after the system refused to give a connection.
pub const ACCEPT_PAUSE_MS: u64 = 100;
/// Devices named one by one in one request. A group or the whole fleet has no such bound.
pub const NAMED_MAX: usize = 500;
/// Devices shown when a name fits several.
pub const CANDIDATES_MAX: usize = 8;
/// Times a change is decided anew because somebody else changed the same thing first.
pub const RACES_MAX: usize = 8;
/// How far ahead of the collector a device may say its order is and be believed. A restored backup
/// lies behind by the orders of some weeks.
pub const GENERATION_LEAP_MAX: u64 = 100_000;
/// How far ahead of the last recorded report a device's next may be counted. A collector restored from an
/// old backup lies behind by all reports since; one counted to the end of the numbers would be the last.
pub const SEQUENCE_LEAP_MAX: u64 = 1_000_000_000;
/// Uses of one token. The largest fleet enrols by one.
pub const TOKEN_USES_MAX: u32 = 1_000_000;
/// Days that one leave to take a device out may last: what has no end is not looked at again.
pub const TAKE_OUT_DAYS_MAX: i64 = 366;
/// Days before its end that `status` tells of a leave to take a device out.
pub const TAKE_OUT_NOTICE_DAYS: i64 = 3;
/// Days a token may be good for.
pub const TOKEN_DAYS_MAX: i64 = 366;
/// Bytes of a request to the admin interface, policy documents aside: they have their own limit. As many
/// devices as may be named, each by the longest host name, must fit.
pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Bytes of a request to the admin interface that the audit log tells when it is refused.
pub const OVERHEARD_BYTES_MAX: usize = 4 * 1024;
/// Connections to the admin interface at the same time.
pub const ADMIN_CONNECTIONS_MAX: usize = 64;
/// Seconds in which a request to the admin interface is answered. An order to the whole fleet is the
/// longest.
pub const ADMIN_DEADLINE_SECS: u64 = 120;
/// Seconds in which the head of a request has arrived.
pub const ADMIN_HEAD_SECS: u64 = 10;
/// Bytes of a backup handed over at once: enough that the disk, and not the asking, sets the pace.
pub const BACKUP_PIECE_BYTES: usize = 256 * 1024;
/// Bytes of the write-ahead log past which a backup that is being read is given up: what it reads may not
/// be overwritten, so the log only grows, and writers wait for seconds while it is put away in the end. A
/// fleet of 10,000 at full pace writes as much in half a minute, and in its everyday in an hour.
pub const BACKUP_LOG_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Pages of the write-ahead log, of 4 KiB, between two checkpoints, which put them in their places. More saves
/// writes of the same page; fewer keeps the wait of that commit short.
pub const CHECKPOINT_PAGES: u32 = 4096;
/// Bytes of the log's file that are kept for the next commits.
pub const LOG_KEPT_BYTES: i64 = 16 * 1024 * 1024;
/// Bytes of a row's key past which a backup is taken for damaged.
pub const KEY_BYTES_MAX: usize = 64;
/// KiB of pages the writer keeps in memory. The postures of 5,000 laptops are about 20 MiB.
pub const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// KiB of pages each reader keeps in memory.
pub const READER_CACHE_KIB: i64 = 4 * 1024;
/// Connections kept for readers, as many as there may be threads that read.
pub const READERS_IDLE_MAX: usize = 16;
/// Turns in the life of its findings that are kept by device: some years of an ordinary laptop. The audit log has them
/// all.
pub const TURNS_MAX: usize = 256;
/// Policy documents that are kept. A company changes its rules some times a month; of one of the usual size a hundred
/// are a MiB.
pub const POLICIES_KEPT_MAX: u64 = 200;
/// Changes for single devices that a rehearsal lists: three for each of 10,000 laptops. All are counted.
pub const REHEARSED_CHANGES_MAX: usize = 30_000;
/// Devices that a rehearsal could not judge and names. All are counted.
pub const REHEARSED_UNJUDGED_MAX: usize = 10_000;
/// Devices of an export read at once. With some fifty findings each that is a few MiB.
pub const EXPORT_PAGE: usize = 100;
/// Bytes of an answer that the command line takes. A full page of devices with their verdicts fits.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

const _: () = assert!(GROUP_WAITS_FROM < GROUP_FULL && GROUP_FULL <= GROUP_MAX);
const _: () = assert!(GROUP_MAX < WAITING_MAX);
const _: () = assert!(NAMED_MAX * 256 < REQUEST_BYTES_MAX);
/// Results listed in the answer to an order, refusals first. More than a person or a terminal takes in.
pub const ORDER_RESULTS_MAX: usize = 10_000;
/// Connections of agents open at once. At about 45 KiB each that is 1.5 GiB.
pub const AGENT_CONNECTIONS_MAX: usize = 32_768;
/// Handshakes of agents under way at once. At 0.4 ms each the last of them waits 0.8 s; fewer, and a
/// handful of strangers that say nothing would keep everyone waiting for their deadline.
pub const AGENT_HANDSHAKES_MAX: usize = 2048;
/// Connections of machines that enrol open at once.
pub const ENROLMENT_CONNECTIONS_MAX: usize = 1024;
/// Handshakes of machines that enrol under way at once.
pub const ENROLMENT_HANDSHAKES_MAX: usize = 256;
/// Seconds between two looks at idle connections.
pub const IDLE_ROUND_SECS: u64 = 10;
/// Looks that find a connection idle before it is closed.
pub const IDLE_ROUNDS_MAX: u32 = 3;
/// Failed handshakes waiting to be put into the audit log.
pub const REFUSALS_WAITING_MAX: usize = 64;
/// Streams of one connection at once: an agent holds one and renews beside it.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 4;
/// Bytes one stream may send before they are read. A chunk fits.
pub const STREAM_WINDOW_BYTES: u32 = 320 * 1024;
/// Bytes one connection may send before they are read.
pub const CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
/// Bytes of the headers of one call. gRPC's own take about 200.
pub const HEADERS_BYTES_MAX: u32 = 8 * 1024;
/// Seconds between two pings of a silent connection: shorter than the memory of home routers.
pub const KEEPALIVE_SECS: u64 = 30;
/// Seconds a ping may go unanswered.
pub const KEEPALIVE_TIMEOUT_SECS: u64 = 20;
/// Seconds in which a stream must begin with a hello.
pub const HELLO_SECS: u64 = 10;
/// Seconds between signs of life that agents are asked for.
pub const PULSE_SECS: u32 = 120;
/// Reports of one stream being recorded at once.
pub const IN_FLIGHT_MAX: usize = 16;
/// Accounts of enforcement that say something new, and reports that came too late, that one device may have
/// put down at once.
pub const ASIDES_MAX: u32 = 240;
/// Milliseconds in which it may have one more of them put down.
pub const ASIDE_MS: i64 = 1000;
/// Answers of one stream waiting to be taken. Past this nothing more of it is read.
pub const ANSWERS_MAX: usize = 16;
/// Seconds in which the next chunk of a section, or the report that names it, must come.
pub const ASSEMBLY_SECS: u64 = 60;
/// Milliseconds after which to come back when a report was refused and those after it with it.
pub const ORDER_RETRY_MS: u32 = 250;
/// Milliseconds after which to come back when too many large sections are on their way.
pub const CROWDED_RETRY_MS: u32 = 5_000;
/// Milliseconds after which to come back when the disk refuses.
pub const TROUBLE_RETRY_MS: u32 = 30_000;
/// Milliseconds after which to come back while two machines claim to be one device.
pub const HELD_RETRY_MS: u32 = 300_000;
/// Seconds between two writings of when devices were last heard of.
pub const SEEN_SECS: u64 = 60;
/// Seconds between two looks at the end of the server's certificate.
pub const CERTIFICATE_SECS: u64 = 3600;
/// Seconds that streams under way may take to end when the collector stops.
pub const DRAIN_SECS: u64 = 10;
/// Seconds over which refusals are counted.
pub const REFUSAL_WINDOW_SECS: i64 = 3600;
/// Refusals of one address that the audit log tells singly within the window: enough to see who and
/// how, too few to fill a disk.
pub const REFUSALS_PER_ADDRESS: u32 = 20;
/// Refusals of all addresses that the audit log tells singly within the window; at 500 bytes each
/// that is 10 MiB a day.
pub const REFUSALS_PER_WINDOW: u32 = 1000;
/// Nonces handed out and used within their life. Past this, enrolment answers "busy".
pub const NONCES_USED_MAX: usize = 16_384;
/// Seconds a nonce is good: a laptop signs at once, and a slow TPM takes half a second.
pub const NONCE_SECS: i64 = 120;
/// Months of 30 days after its end in which a certificate may still ask for renewal.
pub const RENEWAL_MONTHS_MAX: i64 = 12;
/// KiB that all sections on their way in chunks may take together. Thirty-two of the largest at once;
/// others are told to come back.
pub const ASSEMBLY_KIB_MAX: usize = 256 * 1024;
/// Bytes, by estimate, of the facts kept in memory for all devices together.
pub const WARM_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Days that an exception may last: no longer than from one yearly audit to the next.
pub const EXCEPTION_DAYS_MAX: i64 = 366;
/// Days before its end that an exception is told of as one that ends.
pub const EXCEPTION_NOTICE_DAYS: i64 = 14;
/// Exceptions that wait, hold or are to come. More than that is another policy.
pub const EXCEPTIONS_HELD_MAX: usize = 1000;
/// Of those, for one device or one group: a device is told of both.
pub const EXCEPTIONS_OF_SCOPE_MAX: usize = sekisho_policy::limits::EXCEPTIONS_MAX / 2;
/// Seconds after which an unchanged report is judged again though no known date has passed.
pub const REJUDGE_SECS: i64 = 600;
/// Hours after which the verdict on a device that is not connected is made anew on the same facts.
pub const VERDICT_AGE_HOURS_MAX: i64 = 24;
/// Seconds between two looks for verdicts that are outdated.
pub const REJUDGE_ROUND_SECS: u64 = 3600;
/// Seconds until the next look when connected devices were left to report by themselves: they do within
/// a minute.
pub const REJUDGE_AGAIN_SECS: u64 = 300;
/// Verdicts made anew at the same time: they share commit groups, and leave the processor to reports.
pub const REJUDGED_AT_ONCE_MAX: usize = 32;
/// Bytes of a report's bodies that need no place in the budget of large sections.
pub const UNPLACED_BYTES_MAX: usize = 16 * 1024;
/// Milliseconds after which to come back when too much waits for the disk: several groups' time.
pub const BUSY_RETRY_MS: u32 = 250;
/// Seconds that one question to the beacon may take, its handshake among them. On the internal network it takes
/// some milliseconds.
pub const BEACON_SECS: u64 = 3;
/// Questions to the beacon under way at once. When one more comes the oldest goes: an honest one takes some
/// milliseconds, so that only who asks tens of thousands of times a second costs others their answer.
pub const BEACON_PLACES_MAX: usize = 256;
/// Of those, from one address. A laptop asks once over each of its links.
pub const BEACON_PLACES_PER_ADDRESS: usize = 4;
/// Seconds between two attempts to listen where the beacon cannot: its network may not be up yet.
pub const BEACON_RETRY_SECS: u64 = 15;

const _: () = assert!(BEACON_PLACES_PER_ADDRESS < BEACON_PLACES_MAX);
