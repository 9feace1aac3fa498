//! Finds where in a document a byte stands: line, column, and the key with its tables.
//!
//! Touches nothing. Must never fail: a byte that stands nowhere is at the end.

/// Line and column in characters of a byte offset, both counted from 1.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text
        .char_indices()
        .take_while(|(at, _)| *at < offset)
        .map(|(_, char)| char);
    let (mut line, mut column) = (1, 1);
    for char in before {
        if char == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}
