//! The streams that are open now: send to a device, cut a device off.
