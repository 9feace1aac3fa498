//! Reports kept on disk until the collector has them on its own.
