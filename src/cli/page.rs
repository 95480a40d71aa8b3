//! What people read of an answer: headings, aligned facts, tables.

use std::fmt::{Display, Write};

use clap::builder::styling::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const WARNING: Style = AnsiColor::Yellow.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();

/// Text with colours in it, which whoever writes it out leaves away where there are none.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn heading(&mut self, text: impl Display) {
        self.push(&painted(BOLD, &on_one_line(text)));
    }

    pub fn line(&mut self, text: impl Display) {
        self.push(&on_one_line(text));
    }

    pub fn warning(&mut self, text: impl Display) {
        self.push(&painted(WARNING, &on_one_line(text)));
    }

    pub fn blank(&mut self) {
        self.0.push('\n');
    }

    /// `if_empty` says what to do about it.
    pub fn table<const N: usize>(&mut self, table: &Table<N>, if_empty: &str) {
        if table.rows.is_empty() {
            return self.push(&painted(DIM, if_empty));
        }
        let header = table.header.map(|title| Cell::painted(BOLD, title));
        self.aligned("", std::iter::once(&header).chain(&table.rows));
    }

    pub fn facts(&mut self, facts: &Facts) {
        self.aligned("  ", facts.0.iter());
    }

    fn aligned<'a, const N: usize>(
        &mut self,
        indent: &str,
        rows: impl Iterator<Item = &'a [Cell; N]> + Clone,
    ) {
        let mut widths = [0; N];
        for row in rows.clone() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        for row in rows {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                let padding = width - cell.text.width() + 2;
                // Writing to a String cannot fail.
                let _ = write!(line, "{}{:padding$}", painted(cell.style, &cell.text), "");
            }
            self.push(&format!("{indent}{}", line.trim_end()));
        }
    }

    fn push(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}

pub struct Table<const N: usize> {
    header: [&'static str; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub fn new(header: [&'static str; N]) -> Self {
        Self { header, rows: Vec::new() }
    }

    pub fn row(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }
}

/// Names and values, one pair a line.
#[derive(Default)]
pub struct Facts(Vec<[Cell; 2]>);

impl Facts {
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Cell>) -> Self {
        self.0.push([Cell::painted(DIM, name), value.into()]);
        self
    }

    #[must_use]
    pub fn fact_if(self, name: &str, value: Option<impl Into<Cell>>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// A value a line; the name stands before the first.
    #[must_use]
    pub fn list<T: Into<Cell>>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let before = self.0.len();
        for (index, value) in values.into_iter().enumerate() {
            self = self.fact(if index == 0 { name } else { "" }, value);
        }
        if self.0.len() == before { self.fact(name, Cell::painted(DIM, "none")) } else { self }
    }
}

pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn painted(style: Style, text: impl Display) -> Self {
        Self { text: on_one_line(text), style }
    }

    /// Nothing is shown as a dash, so that columns can be told apart.
    pub fn or_dash<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or_else(|| Self::painted(DIM, "-"), Into::into)
    }

    pub fn joined<T: Display>(values: &[T]) -> Self {
        let texts: Vec<String> = values.iter().map(T::to_string).collect();
        Self::or_dash((!texts.is_empty()).then(|| texts.join(", ")))
    }

    pub fn status(status: &str) -> Self {
        let style = match status {
            "active" => GOOD,
            "expired" => WARNING,
            _ => BAD,
        };
        Self::painted(style, status)
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::painted(Style::new(), text.as_ref())
    }
}

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// What others wrote must not move the cursor, nor change the order in which the rest of the line is read.
pub fn on_one_line(text: impl Display) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.to_string().chars().map(|c| if is_plain(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: &Page) -> String {
        anstream::adapter::strip_str(page.as_str()).to_string()
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let mut table = Table::new(["NAME", "STATUS"]);
        table.row(["夜間".into(), Cell::status("active")]);
        table.row(["nightly".into(), Cell::or_dash(None::<&str>)]);
        let mut page = Page::default();
        page.table(&table, "none");
        assert_eq!(plain(&page), "NAME     STATUS\n夜間     active\nnightly  -\n");
    }

    #[test]
    fn facts_with_several_values_name_the_first() {
        let mut page = Page::default();
        page.facts(&Facts::default().list("Scopes", ["a:b", "c:d"]).list("Groups", [""; 0]));
        assert_eq!(plain(&page), "  Scopes  a:b\n          c:d\n  Groups  none\n");
    }

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        let mut page = Page::default();
        page.facts(&Facts::default().fact("Name", "a\u{1b}[2Jb\n\u{202e}c"));
        assert_eq!(plain(&page), "  Name  a [2Jb  c\n");
    }
}
