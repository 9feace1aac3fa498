//! What people type: check, status, enroll, run, release.
