//! The shapes in which things are remembered, apart from the types they are used as.
//!
//! Touches bytes in memory. Must never change the meaning of a field number: files of older agents
//! are read with these shapes.

use prost::Message;

/// The order in force.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OrderRecord {
    /// The encoded `SignedOrder`, as it came.
    #[prost(bytes = "vec", tag = "1")]
    pub signed: Vec<u8>,
    /// Milliseconds from taking it up to its end; not set when only another order ends it.
    #[prost(int64, optional, tag = "2")]
    pub remaining_ms: Option<i64>,
    /// Milliseconds of running (suspended time among them) since it was taken up.
    #[prost(int64, tag = "3")]
    pub elapsed_ms: i64,
}

/// What the collector last judged.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct VerdictRecord {
    /// The report.
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    /// The number of `sekisho.v1.Standing`.
    #[prost(int32, tag = "2")]
    pub standing: i32,
    /// When it was heard, in milliseconds since 1970-01-01T00:00:00Z by the collector's clock.
    #[prost(int64, tag = "3")]
    pub heard_at_ms: i64,
}

/// What is known of the clock.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ClockRecord {
    /// The newest time heard from the collector, in milliseconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub floor_ms: i64,
    /// How far this clock is ahead of the collector's, in milliseconds; not set when never measured.
    #[prost(int64, optional, tag = "2")]
    pub skew_ms: Option<i64>,
}

/// The requests carried out lately, oldest first.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RequestsRecord {
    /// Sixteen bytes each.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub ids: Vec<Vec<u8>>,
}
