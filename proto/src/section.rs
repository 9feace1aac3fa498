//! Sections of a report: encoding, digest, bounded decompression.
