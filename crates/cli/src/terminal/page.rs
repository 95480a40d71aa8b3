//! Text form of a response: headings, aligned facts, tables.

use std::fmt::Display;

use crate::terminal::cell::{BOLD, Cell, DIM, WARNING, on_one_line, painted};
use crate::terminal::columns::aligned;

/// Text with colors. The writer removes the colors where they are not shown.
#[derive(Debug, Default)]
pub struct Page(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// With its line end.
    Text(String),
    Rows(Vec<Vec<Cell>>),
}

impl Page {
    /// Tables are at most `width` columns wide, if given.
    pub fn text(&self, width: Option<usize>) -> String {
        let shown = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Rows(rows) => aligned(rows, width),
        };
        self.0.iter().map(shown).collect()
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
        self.push("");
    }

    /// `if_empty` replaces an empty table. It says what to do about it.
    pub fn table<const N: usize>(&mut self, table: &Table<N>, if_empty: &str) {
        if table.rows.is_empty() {
            return self.push(&painted(DIM, if_empty));
        }
        let header = table.header.map(|title| Cell::painted(BOLD, title)).to_vec();
        let rows = table.rows.iter().map(|row| row.to_vec());
        self.0.push(Part::Rows(std::iter::once(header).chain(rows).collect()));
    }

    /// Never wrapped, since a value may be there to be copied.
    pub fn facts(&mut self, facts: &Facts) {
        let rows: Vec<Vec<Cell>> = facts.0.iter().map(|row| row.to_vec()).collect();
        for line in aligned(&rows, None).lines() {
            self.push(&format!("  {line}"));
        }
    }

    fn push(&mut self, line: &str) {
        self.0.push(Part::Text(format!("{line}\n")));
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

/// Names and values, one pair per line.
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

    /// Omits an empty text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.fact(name, text) }
    }

    /// As `list`, but omitted if there are no values.
    #[must_use]
    pub fn list_if<T: Into<Cell>>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_some() { self.list(name, values) } else { self }
    }

    /// One value per line, with the name on the first line.
    #[must_use]
    pub fn list<T: Into<Cell>>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let before = self.0.len();
        for (index, value) in values.into_iter().enumerate() {
            self = self.fact(if index == 0 { name } else { "" }, value);
        }
        if self.0.len() == before { self.fact(name, Cell::painted(DIM, "none")) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: &Page) -> String {
        anstream::adapter::strip_str(&page.text(None)).to_string()
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
