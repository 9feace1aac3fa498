//! A list of software: by source, name and version.
//!
//! Touches nothing. Must never compare a package with every line: a collector judges thousands of
//! laptops with thousands of packages. Whole names are looked up, and of the names with a star only
//! those are tried that begin with the same character or with the star.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use crate::facts::{Package, PackageSource};
use crate::limits::{GLOBS_MAX, LIST_ITEMS_MAX};
use crate::rules::pattern::{Pattern, fold};

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The source the package must come from; `None` for any.
    pub source: Option<PackageSource>,
    /// The name of the package.
    pub name: Pattern,
    /// The version; `None` for any.
    pub version: Option<Pattern>,
}

/// A list of software. Every line stands for itself; their order does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    whole: BTreeMap<String, Vec<Listed>>,
    /// By the folded character they begin with; `None` for those that begin with a star.
    globs: BTreeMap<Option<char>, Vec<Listed>>,
}

/// Why lines make no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidList {
    /// More lines than a list may have.
    #[error("{0} items are not allowed; at most {max} (LIST_ITEMS_MAX)", max = LIST_ITEMS_MAX)]
    TooMany(usize),
    /// More lines with a star than a list may have: each is tried on every package.
    #[error("{0} names with a star are not allowed; at most {max} (GLOBS_MAX)", max = GLOBS_MAX)]
    TooManyGlobs(usize),
}

impl List {
    /// Makes a list of its lines.
    ///
    /// # Errors
    /// [`InvalidList`] when there are more than a list may have.
    pub fn new(lines: Vec<Listed>) -> Result<Self, InvalidList> {
        if lines.len() > LIST_ITEMS_MAX {
            return Err(InvalidList::TooMany(lines.len()));
        }
        let mut list = Self::default();
        for line in lines {
            if let Some(name) = line.name.whole().map(str::to_owned) {
                list.whole.entry(name).or_default().push(line);
            } else {
                list.globs
                    .entry(line.name.begins_with())
                    .or_default()
                    .push(line);
            }
        }
        let globs = list.globs.values().map(Vec::len).sum();
        if globs > GLOBS_MAX {
            return Err(InvalidList::TooManyGlobs(globs));
        }
        Ok(list)
    }

    /// Whether it has no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.globs.is_empty()
    }

    /// A line that the package matches; `folded` is its folded name. Of several the whole name goes
    /// before one that begins alike, and that before one that begins with a star.
    pub(super) fn find(&self, package: &Package, folded: &str) -> Option<&Listed> {
        let whole = self.whole.get(folded).into_iter().flatten();
        let begin_alike = folded
            .chars()
            .next()
            .and_then(|first| self.globs.get(&Some(first)));
        let begin_with_star = self.globs.get(&None);
        let globs = begin_alike
            .into_iter()
            .chain(begin_with_star)
            .flatten()
            .filter(|listed| listed.name.matches_folded(folded));
        whole.chain(globs).find(|listed| {
            listed.source.is_none_or(|source| source == package.source)
                && listed
                    .version
                    .as_ref()
                    .is_none_or(|version| version.matches_folded(&fold(&package.version)))
        })
    }
}

/// Writes the line as evidence names it: `deb:dropbox* 1.2`.
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = self.source {
            write!(f, "{}:", source.name())?;
        }
        f.write_str(self.name.written())?;
        match &self.version {
            Some(version) => write!(f, " {}", version.written()),
            None => Ok(()),
        }
    }
}
