//! The device's key and certificate: made, kept, renewed.
