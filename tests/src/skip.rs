//! Tests that cannot run here say so, and fail where nothing may be left out.
//!
//! Touches the environment. Must never let a test that did not run look like one that passed where
//! `SEKISHO_CI` is set.

/// Says that the test cannot run, and why.
///
/// # Panics
/// Where `SEKISHO_CI` is `1`.
#[track_caller]
pub fn skipped(reason: &str) {
    println!("SKIPPED: {reason}");
    let must_run = std::env::var_os("SEKISHO_CI").is_some_and(|value| value == "1");
    assert!(!must_run, "this test must run here, and cannot: {reason}");
}

/// Whether a child of this process may be given the login of another user; says so when it may not.
#[must_use]
#[track_caller]
pub fn may_log_in_as_others() -> bool {
    let tried = std::process::Command::new("sh")
        .args(["-c", "echo 4020 > /proc/self/loginuid"])
        .output();
    if tried.is_ok_and(|tried| tried.status.success()) {
        return true;
    }
    skipped("needs a kernel with audit that lets root set /proc/self/loginuid");
    false
}

/// Whether this process may make network namespaces; says so when it may not.
#[must_use]
#[track_caller]
pub fn may_make_namespaces() -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    let has_tools = ["ip", "nft"].iter().all(|tool| {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .iter()
            .any(|folder| std::path::Path::new(folder).join(tool).exists())
    });
    if is_root && has_tools {
        return true;
    }
    skipped("needs root, iproute2 and nftables to make network namespaces");
    false
}
