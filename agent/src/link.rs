//! The mutually authenticated stream to the collector.
