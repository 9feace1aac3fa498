//! The configuration file `collector.toml`: what it may say, its bounds, and what is taken when it
//! says nothing.
//!
//! Touches the file it is given the path of, and opens nothing else. Must never hold a secret: keys
//! stand in files of their own.

mod beacon;

use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use sekisho_policy::document::wrong_toml;
use sekisho_policy::time::Span;

pub use beacon::{BEACON_PORT, BeaconConfig, is_internal};

/// Where the collector keeps everything unless told otherwise.
pub const DEFAULT_DIR: &str = "/var/lib/sekisho-collector";
/// Port of the agents' listener unless told otherwise.
pub const AGENTS_PORT: u16 = 7443;
/// Port of the enrolment listener unless told otherwise.
pub const ENROLMENT_PORT: u16 = 7444;
/// The name every server certificate carries, so that an agent can reach the collector by any address
/// and still check whom it met.
pub const SERVER_NAME: &str = "collector.sekisho.internal";

/// Changed reports of one device in an hour unless told otherwise: twenty a minute. A laptop has a few a day.
const CHANGES_PER_HOUR: u32 = 1200;
/// What may be said of them: the most is one a millisecond.
const CHANGES_PER_HOUR_ALLOWED: RangeInclusive<u32> = 60..=3_600_000;
/// Bytes of a configuration file. The whole of it takes a few hundred.
const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// What the collector is told at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where its keys, its store and its socket are.
    pub dir: PathBuf,
    /// Where agents connect, with a client certificate.
    pub agents_address: SocketAddr,
    /// Where machines enrol, without one.
    pub enrolment_address: SocketAddr,
    /// The local socket of the admin interface.
    pub admin_socket_path: PathBuf,
    /// How many changed reports of one device are recorded at once, and then in each hour.
    pub changes_per_hour: u32,
    /// The beacon on the internal network; `None` when there is none.
    pub beacon: Option<BeaconConfig>,
    /// The file that was read.
    pub path: PathBuf,
}

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read. Most often `init` has not been run.
    #[error(
        "cannot read {}; run `sekisho-collector init` first, or name its directory with --dir",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is far larger than a configuration can be.
    #[error("{} is larger than {CONFIG_BYTES_MAX} bytes, so it is no configuration", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML, or says something that nobody asked for.
    #[error("{} is not a valid configuration: {cause}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, key, and what is allowed.
        cause: String,
    },
}

/// The file as it is written; every key may be left out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    agents_address: Option<SocketAddr>,
    enrolment_address: Option<SocketAddr>,
    admin_socket: Option<PathBuf>,
    changes_per_hour: Option<u32>,
    beacon: Option<beacon::Table>,
}

impl Config {
    /// What holds in `dir` when the file says nothing: all addresses, the usual ports.
    #[must_use]
    pub fn usual(dir: &Path) -> Self {
        let any = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        Self {
            dir: dir.to_owned(),
            agents_address: SocketAddr::new(any, AGENTS_PORT),
            enrolment_address: SocketAddr::new(any, ENROLMENT_PORT),
            admin_socket_path: dir.join("admin.sock"),
            changes_per_hour: CHANGES_PER_HOUR,
            beacon: None,
            path: dir.join("collector.toml"),
        }
    }

    /// Reads `collector.toml` in `dir`.
    ///
    /// # Errors
    /// [`ConfigError`] when there is none, or it is not one.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let usual = Self::usual(dir);
        let path = usual.path.clone();
        let read = |cause| ConfigError::Read {
            path: path.clone(),
            cause,
        };
        if fs::metadata(&path).map_err(read)?.len() > CONFIG_BYTES_MAX {
            return Err(ConfigError::TooLarge { path });
        }
        let text = fs::read_to_string(&path).map_err(read)?;
        let invalid = |cause| ConfigError::Invalid {
            path: path.clone(),
            cause,
        };
        let file: File = toml::from_str(&text)
            .map_err(|error| invalid(wrong_toml(&text, &error).to_string()))?;
        let changes_per_hour = file.changes_per_hour.unwrap_or(usual.changes_per_hour);
        if !CHANGES_PER_HOUR_ALLOWED.contains(&changes_per_hour) {
            let (least, most) = CHANGES_PER_HOUR_ALLOWED.into_inner();
            return Err(invalid(format!(
                "changes_per_hour is {changes_per_hour}; allowed is {least} to {most}"
            )));
        }
        Ok(Self {
            agents_address: file.agents_address.unwrap_or(usual.agents_address),
            enrolment_address: file.enrolment_address.unwrap_or(usual.enrolment_address),
            admin_socket_path: file
                .admin_socket
                .map_or(usual.admin_socket_path, |socket| dir.join(socket)),
            changes_per_hour,
            beacon: file
                .beacon
                .map(BeaconConfig::take)
                .transpose()
                .map_err(invalid)?,
            dir: usual.dir,
            path: usual.path,
        })
    }

    /// The file that says this, with a word on each key.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "# The collector's configuration. It is read at the start of `sekisho-collector serve`.\n\
             \n\
             # Where agents connect. They show a certificate of this collector's own authority.\n\
             agents_address = \"{}\"\n\
             # Where machines enrol, with a token.\n\
             enrolment_address = \"{}\"\n\
             # The admin interface: a local socket, relative to this directory.\n\
             admin_socket = \"{}\"\n\
             # How many changed reports of one laptop are recorded at once, and then in each hour. Beyond that\n\
             # it is told to wait, and sends the newest.\n\
             changes_per_hour = {}\n{}",
            self.agents_address,
            self.enrolment_address,
            self.admin_socket_path
                .strip_prefix(&self.dir)
                .unwrap_or(&self.admin_socket_path)
                .display(),
            self.changes_per_hour,
            self.beacon
                .as_ref()
                .map_or_else(|| beacon::EXAMPLE.to_owned(), BeaconConfig::as_file)
        )
    }

    /// Where the keys are.
    #[must_use]
    pub fn keys_dir(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The time in which a device may have one more changed report recorded.
    #[must_use]
    pub const fn one_change_in(&self) -> Span {
        Span(3_600_000 / self.changes_per_hour as i64)
    }

    /// Where the store is.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.dir.join("store")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_is_what_serve_reads() {
        let dir = tempfile::tempdir().unwrap();
        let written = Config::usual(dir.path());
        fs::write(&written.path, written.text()).unwrap();
        assert_eq!(Config::load(dir.path()).unwrap(), written);
        let beacon = "[beacon]\nlisten = [\"[::]:7445\"]\naddresses = [\"10.1.2.3:7445\"]\n";
        fs::write(&written.path, beacon).unwrap();
        let with_beacon = Config::load(dir.path()).unwrap();
        fs::write(&written.path, with_beacon.text()).unwrap();
        assert_eq!(Config::load(dir.path()).unwrap(), with_beacon);
        assert!(with_beacon.beacon.is_some());
    }

    #[test]
    fn more_changes_than_can_be_counted_are_refused_with_what_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("collector.toml");
        for wrong in [0, 59, 3_600_001_u32] {
            fs::write(&path, format!("changes_per_hour = {wrong}\n")).unwrap();
            let said = Config::load(dir.path()).unwrap_err().to_string();
            assert!(said.contains("60 to 3600000"), "{said}");
        }
        fs::write(&path, "changes_per_hour = 3600000\n").unwrap();
        assert_eq!(Config::load(dir.path()).unwrap().one_change_in(), Span(1));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("collector.toml"),
            "\nagent_address = \"x\"\n",
        )
        .unwrap();
        let error = Config::load(dir.path()).unwrap_err();
        let said = error.to_string();
        let words = [
            "collector.toml",
            "line 2",
            "agent_address",
            "agents_address",
        ];
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
