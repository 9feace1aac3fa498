//! The configuration file: what the administrator of this machine may choose.
//!
//! Touches one file. Must never hold what the collector decides (policy, register, orders), and
//! never accept a key it does not know.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use sekisho_policy::document::wrong_toml;

use crate::limits;
use crate::paths::{self, PathError};
use crate::sensors::Root;
use crate::shell::chain;

/// What the configuration file says; every key has a default and the file may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Whether orders are carried out on this machine's firewall. Off for trying the product out:
    /// the account of enforcement then says so.
    pub enforce: bool,
    /// Seconds between two readings of all facts when nothing announces a change.
    pub check_interval_secs: u32,
    /// Where the files that facts are read from begin; never from the configuration file.
    pub root: Root,
    /// Why the file could not be used, where these are the defaults in its place.
    pub trouble: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enforce: true,
            check_interval_secs: limits::CHECK_INTERVAL_SECS,
            root: Root::live(),
            trouble: None,
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Error)]
enum ConfigError {
    /// The file is there and cannot be read.
    #[error(transparent)]
    Read(#[from] PathError),
    /// It is not UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotText(PathBuf),
    /// It is not TOML, or a key or value is none that this agent knows.
    #[error("{path} cannot be used: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, key, and what is allowed.
        cause: String,
    },
    /// A number is out of its range.
    #[error("{path}: {key} must be {min} to {max}, and is {value}")]
    Range {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What it says.
        value: u32,
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    enforce: Option<bool>,
    check_interval_secs: Option<u32>,
}

fn read(path: &Path) -> Result<Config, ConfigError> {
    let Some(bytes) = paths::read_small(path, limits::SETTINGS_BYTES_MAX)? else {
        return Ok(Config::default());
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| ConfigError::NotText(path.to_owned()))?;
    let File {
        enforce,
        check_interval_secs,
    } = toml::from_str(text).map_err(|error| ConfigError::Invalid {
        path: path.to_owned(),
        cause: wrong_toml(text, &error).to_string(),
    })?;
    let defaults = Config::default();
    let config = Config {
        enforce: enforce.unwrap_or(defaults.enforce),
        check_interval_secs: check_interval_secs.unwrap_or(defaults.check_interval_secs),
        root: defaults.root,
        trouble: None,
    };
    let (min, max) = (
        limits::CHECK_INTERVAL_SECS_MIN,
        limits::CHECK_INTERVAL_SECS_MAX,
    );
    if !(min..=max).contains(&config.check_interval_secs) {
        return Err(ConfigError::Range {
            path: path.to_owned(),
            key: "check_interval_secs",
            value: config.check_interval_secs,
            min,
            max,
        });
    }
    Ok(config)
}

/// Reads the configuration; a file that is not there gives the defaults, and so does one that cannot be
/// used, with [`Config::trouble`]: a typing error must keep no laptop from being isolated or released.
#[must_use]
pub fn load(path: &Path) -> Config {
    read(path).unwrap_or_else(|error| {
        let trouble = chain(&error);
        tracing::error!(
            error = trouble,
            "the configuration cannot be used, and the defaults hold in its place"
        );
        Config {
            trouble: Some(trouble),
            ..Config::default()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        std::fs::write(&path, text).unwrap();
        read(&path).unwrap_err().to_string()
    }

    #[test]
    fn a_missing_file_gives_the_defaults_and_enforces() {
        let config = load(Path::new("/nonexistent/agent.toml"));
        assert!(config.enforce && config.trouble.is_none());
    }

    #[test]
    fn a_key_it_does_not_know_is_refused_with_its_line() {
        let error = refused("enforce = false\nenforced = true\n");
        assert!(error.contains("line 2"), "{error}");
        assert!(error.contains("check_interval_secs"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }

    #[test]
    fn a_mistyped_file_enforces_and_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        std::fs::write(&path, "check_intervall_secs = 3600\n").unwrap();
        let config = load(&path);
        assert!(config.enforce);
        assert!(config.trouble.is_some_and(|why| why.contains("line 1")));
        std::fs::write(&path, "enforce = false\n").unwrap();
        let config = load(&path);
        assert!(!config.enforce && config.trouble.is_none());
    }

    #[test]
    fn an_interval_out_of_range_is_refused_with_the_range() {
        let error = refused("check_interval_secs = 1\n");
        assert!(error.contains("60 to 86400"), "{error}");
    }
}
