//! The certificate authority: issues device and server certificates.
