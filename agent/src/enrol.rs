//! Enrolment: token and CSR in, identity out.
