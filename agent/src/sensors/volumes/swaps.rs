//! The swap areas in use: `/proc/swaps`, proc_swaps(5).
//!
//! Touches nothing. Must never skip a row it does not understand: swap holds what was in memory.

use thiserror::Error;

use super::mountinfo::unescape;

/// One swap area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Swap {
    /// The device or file.
    pub(super) path: String,
    /// `partition` or `file`.
    pub(super) kind: String,
    /// Size in bytes.
    pub(super) size_bytes: u64,
}

/// A row of the table is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("/proc/swaps line {line} is not a swap area")]
pub(super) struct SwapsError {
    /// Counted from 1.
    line: usize,
}

/// Reads the table. Its first line is a heading.
pub(super) fn parse(text: &str) -> Result<Vec<Swap>, SwapsError> {
    text.lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            parse_row(line).ok_or(SwapsError {
                line: at.saturating_add(1),
            })
        })
        .collect()
}

fn parse_row(line: &str) -> Option<Swap> {
    let mut fields = line.split_ascii_whitespace();
    let path = unescape(fields.next()?.as_bytes());
    let kind = fields.next()?.to_owned();
    let size_kib: u64 = fields.next()?.parse().ok()?;
    Some(Swap {
        path: path.trim_end_matches(" (deleted)").to_owned(),
        kind,
        size_bytes: size_kib.saturating_mul(1024),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/dm-1                               partition\t8388604\t\t0\t\t-2\n/swap\\040file                           file\t\t1024\t\t0\t\t-3\n";
        let swaps = parse(text).unwrap();
        assert_eq!(swaps[0].path, "/dev/dm-1");
        assert_eq!(swaps[0].size_bytes, 8_388_604 * 1024);
        assert_eq!(swaps[1].path, "/swap file");
        assert_eq!(swaps[1].kind, "file");
    }

    #[test]
    fn a_row_that_is_cut_is_an_error_and_not_skipped() {
        assert_eq!(parse("Filename\n/dev/sda2 part").unwrap_err().line, 2);
    }
}
