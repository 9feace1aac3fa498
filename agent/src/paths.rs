//! Where state, keys, configuration and the local socket live.
