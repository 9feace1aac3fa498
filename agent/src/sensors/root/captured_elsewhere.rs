//! A captured system, where none can be read: its folder is a stranger's, and only Linux opens nothing outside it.
//!
//! Touches nothing. Must never open a file of a capture.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::index::{Index, State};
use crate::ask::AskError;

/// There is none.
#[derive(Debug)]
pub(super) enum Captured {}

impl Captured {
    /// Says so.
    pub(super) fn new(folder: &Path, _: Index) -> Result<Self, AskError> {
        Err(AskError::NotCaptured(folder.to_owned()))
    }

    pub(super) const fn index(&self) -> &Index {
        match *self {}
    }

    pub(super) const fn open(&self, _: &Path) -> Result<File, AskError> {
        match *self {}
    }

    pub(super) const fn held(&self, _: &Path) -> Result<(File, PathBuf), AskError> {
        match *self {}
    }

    pub(super) const fn names(&self, _: &Path, _: usize) -> Result<Vec<String>, AskError> {
        match *self {}
    }

    pub(super) const fn is_there(&self, _: &Path) -> Result<bool, AskError> {
        match *self {}
    }

    pub(super) const fn state(&self, _: &Path) -> Result<State, AskError> {
        match *self {}
    }

    pub(super) const fn target(&self, _: &Path) -> Result<PathBuf, AskError> {
        match *self {}
    }
}
