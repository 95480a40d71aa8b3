//! Aligned columns that fit the width of a terminal.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::terminal::cell::{Cell, painted};

/// Between two columns.
const GAP: usize = 2;

/// One line per row, as wide as needed. If `limit` is less, wide columns are wrapped and no text is lost.
pub fn aligned(rows: &[Vec<Cell>], limit: Option<usize>) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut widths = vec![0; count];
    let mut words = vec![0; count];
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            widths[index] = widths[index].max(cell.text().width());
            words[index] =
                words[index].max(cell.text().split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0));
        }
    }
    if let Some(limit) = limit {
        let room = limit.saturating_sub(GAP * count.saturating_sub(1));
        widths = fitted(&widths, &words, room);
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<Vec<&str>> =
            row.iter().zip(&widths).map(|(cell, width)| wrapped(cell.text(), *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let mut shown = String::new();
            for ((cell, lines), width) in row.iter().zip(&cells).zip(&widths) {
                let part = lines.get(line).copied().unwrap_or_default();
                let padding = width.saturating_sub(part.width()) + GAP;
                // Writing to a String cannot fail.
                let _ = write!(shown, "{}{:padding$}", painted(cell.style(), part), "");
            }
            text.push_str(shown.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Narrows the widest columns first: down to their longest word, and if that is too wide, further.
fn fitted(widths: &[usize], words: &[usize], room: usize) -> Vec<usize> {
    let at = |cap: usize, least: &[usize]| -> Vec<usize> {
        widths.iter().zip(least).map(|(width, least)| (*width).min(cap.max(*least).max(1))).collect()
    };
    let fits = |cap: &usize, least: &[usize]| at(*cap, least).iter().sum::<usize>() <= room;
    let widest = widths.iter().copied().max().unwrap_or_default();
    let none = vec![0; widths.len()];
    for least in [words, &none] {
        if let Some(cap) = (1..=widest).rev().find(|cap| fits(cap, least)) {
            return spread(at(cap, least), widths, room);
        }
    }
    at(1, &none)
}

/// Gives the room that is left to columns that were narrowed.
fn spread(mut fitted: Vec<usize>, widths: &[usize], room: usize) -> Vec<usize> {
    let mut left = room.saturating_sub(fitted.iter().sum());
    for (fitted, width) in fitted.iter_mut().zip(widths) {
        let more = left.min(width.saturating_sub(*fitted));
        *fitted += more;
        left -= more;
    }
    fitted
}

/// Breaks at the last space that fits, otherwise within a word. At least one line.
fn wrapped(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.width() > width {
        let (mut used, mut end) = (0, 0);
        for (at, character) in rest.char_indices() {
            used += character.width().unwrap_or_default();
            if used > width && end > 0 {
                break;
            }
            end = at + character.len_utf8();
        }
        let (fitting, beyond) = rest.split_at(end);
        let space = if beyond.starts_with(' ') { Some(end) } else { fitting.rfind(' ') };
        let (line, more) = rest.split_at(space.filter(|space| *space > 0).unwrap_or(end));
        lines.push(line.trim_end());
        rest = more.trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198a1c0-0000-7000-8000-000000000000";

    fn rows(rows: &[&[&str]]) -> Vec<Vec<Cell>> {
        rows.iter().map(|row| row.iter().map(|&text| text.into()).collect()).collect()
    }

    fn shown(table: &[&[&str]], limit: Option<usize>) -> String {
        anstream::adapter::strip_str(&aligned(&rows(table), limit)).to_string()
    }

    #[test]
    fn wide_columns_are_wrapped_between_words_and_ids_stay_whole() {
        let table: &[&[&str]] = &[&["ID", "SCOPES"], &[ID, "source:read, source:read-update, ci:read"]];
        let expected = format!(
            "ID{:36}SCOPES\n{ID}  source:read,\n{:38}source:read-update,\n{:38}ci:read\n",
            "", "", ""
        );
        assert_eq!(shown(table, Some(60)), expected);
        assert_eq!(shown(table, None).lines().count(), 2, "a pipe gets one line per row");
    }

    #[test]
    fn every_table_fits_every_width_and_loses_no_text() {
        let table: &[&[&str]] = &[
            &["ID", "NAME", "STATUS", "SCOPES"],
            &[ID, "夜間 build", "active", "source:read, source:read-update"],
            &[ID, "x", "revoked", "-"],
        ];
        for limit in 16..200 {
            let shown = shown(table, Some(limit));
            assert!(shown.lines().all(|line| line.width() <= limit), "{limit}:\n{shown}");
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                letters.sort_unstable();
                letters
            };
            assert_eq!(letters(&shown), letters(&table.concat().concat()), "{limit}:\n{shown}");
        }
    }

    #[test]
    fn empty_cells_and_wide_characters_end() {
        assert_eq!(wrapped("", 0), [""]);
        assert_eq!(wrapped("夜間", 1), ["夜", "間"]);
        assert_eq!(wrapped("a  b", 1), ["a", "b"]);
        assert_eq!(wrapped("ab cd", 2), ["ab", "cd"]);
    }
}
