//! Enrolment and late renewal: token, nonce and CSR in, certificate out.
