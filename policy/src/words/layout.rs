//! Text laid out within the width of a terminal: broken into lines, and the columns of a table.
//!
//! Touches nothing. Must never lose a letter.

use std::ops::Range;

use super::width;

/// Columns below which a text would be unreadable however it is broken.
const LEAST_COLUMNS: usize = 40;

/// The text with line breaks within `columns`, each further line indented. Japanese breaks between any two
/// wide characters, except before a closing mark. A word wider than the line, such as a digest or a path,
/// stays whole: people copy it.
#[must_use]
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    let room = columns
        .max(LEAST_COLUMNS)
        .saturating_sub(indent)
        .max(LEAST_COLUMNS / 2);
    let mut lines = String::new();
    let mut used = 0_usize;
    for piece in pieces(text) {
        let wide = width(piece.trim_end());
        if used > 0 && used.saturating_add(wide) > room {
            let kept = lines.trim_end().len();
            lines.truncate(kept);
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            used = 0;
        }
        lines.push_str(piece);
        used = used.saturating_add(width(piece));
    }
    lines
}

/// The lines on which a table's columns of these widths stand, with `gap` between two of them: as many on
/// each as `columns` take, the further lines indented. One line where there is no limit.
#[must_use]
pub fn lines_of_columns(
    widths: &[usize],
    gap: usize,
    columns: Option<usize>,
    indent: usize,
) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut first, mut used) = (0, 0_usize);
    for (place, width) in widths.iter().enumerate() {
        let room = columns.map(|columns| columns.max(LEAST_COLUMNS));
        let wider = used.saturating_add(*width);
        if place > first && room.is_some_and(|room| wider > room) {
            lines.push(first..place);
            (first, used) = (place, indent);
        }
        used = used.saturating_add(*width).saturating_add(gap);
    }
    lines.push(first..widths.len());
    lines
}

/// Cuts a text where a line may break.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut before: Option<char> = None;
        let cut = rest.char_indices().find_map(|(at, letter)| {
            let breaks = before.is_some_and(|before| may_break(before, letter));
            before = Some(letter);
            breaks.then_some(at)
        });
        let (piece, left) = rest.split_at(cut.unwrap_or(rest.len()));
        pieces.push(piece);
        rest = left;
    }
    pieces
}

fn may_break(before: char, after: char) -> bool {
    let wide = |letter: char| width(letter.encode_utf8(&mut [0; 4])) == 2;
    let closing = "、。，．・：；！？」』）】〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ”’%)]:;,.!?"
        .contains(after);
    let opening = "「『（【〔“‘(".contains(before);
    (before == ' ' && after != ' ')
        || ((wide(before) || wide(after)) && !closing && !opening && after != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_breaks_at_spaces_and_no_line_is_too_wide() {
        let text = "Turn the encryption of the disk on, then check once more whether all is well.";
        let wrapped = wrap(text, 40, 4);
        assert!(wrapped.lines().count() > 1);
        assert!(wrapped.lines().all(|line| width(line) <= 40), "{wrapped}");
        let joined: Vec<&str> = wrapped.lines().map(str::trim).collect();
        assert_eq!(joined.join(" "), text);
    }

    #[test]
    fn japanese_breaks_without_spaces_and_never_before_a_full_stop() {
        let text = "ディスクの暗号化を有効にしてから、もう一度点検してください。続きはシステム管理責任者に聞いてください。";
        let wrapped = wrap(text, 40, 4);
        assert!(wrapped.lines().count() > 1);
        for line in wrapped.lines() {
            assert!(width(line) <= 42, "{line}");
            assert!(!line.trim_start().starts_with(['。', '、']), "{line}");
        }
        assert_eq!(wrapped.replace("\n    ", ""), text);
    }

    #[test]
    fn japanese_never_breaks_before_the_colon_of_a_command_or_a_list() {
        let text = "ファイアウォールを有効にするよう依頼してください: sudo ufw enable";
        let wrapped = wrap(text, 52, 4);
        assert_eq!(wrapped.lines().count(), 2, "{wrapped}");
        assert!(wrapped.contains("い: sudo"), "{wrapped}");
    }

    #[test]
    fn what_people_copy_is_never_broken() {
        let digest = "39fec3d897ecec550f4ff89a69b7882b91cd4b47bf2e85b21261be5533a3a751";
        assert_eq!(wrap(digest, 40, 22), digest);
        assert_eq!(
            wrap(&format!("root {digest}"), 40, 4),
            format!("root\n    {digest}")
        );
    }

    #[test]
    fn columns_that_do_not_fit_go_on_below() {
        let lines = |widths: &[usize], columns| -> Vec<(usize, usize)> {
            let lines = lines_of_columns(widths, 2, columns, 4);
            lines.iter().map(|line| (line.start, line.end)).collect()
        };
        let widths = [10, 20, 30, 5];
        assert_eq!(lines(&widths, None), [(0, 4)]);
        assert_eq!(lines(&widths, Some(71)), [(0, 4)]);
        assert_eq!(lines(&widths, Some(70)), [(0, 3), (3, 4)]);
        assert_eq!(lines(&widths, Some(41)), [(0, 2), (2, 4)]);
        assert_eq!(lines(&[], Some(80)), [(0, 0)]);
    }

    proptest::proptest! {
        #[test]
        fn wrapping_loses_no_letter(text in "[a-zあ-ん。 ]{0,120}") {
            let letters = |text: &str| -> String {
                text.chars().filter(|letter| !letter.is_whitespace()).collect()
            };
            proptest::prop_assert_eq!(letters(&wrap(&text, 40, 2)), letters(&text));
        }
    }
}
