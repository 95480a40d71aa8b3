//! The page of a list.

use askama::Template;

use super::cell::Cell;
use super::column::ListColumn;
use super::state::ListState;
use super::words::ListWords;
use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::Tab;
use crate::text::capped;

#[derive(Template)]
#[template(path = "list.html", blocks = ["results"])]
pub struct ListPage {
    pub frame: Frame,
    pub words: &'static ListWords,
    pub state: ListState,
    /// What makes another one; `None` for those who may not.
    pub add: Option<ListAct>,
    /// A link after what the list is for.
    pub hint: Option<ListAct>,
    pub columns: &'static [ListColumn],
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A link with its words.
#[derive(Clone, Debug)]
pub struct ListAct {
    pub words: &'static str,
    pub address: Address,
}

impl ListPage {
    fn title(&self) -> &'static str {
        self.words.title
    }

    fn tabs(&self) -> Vec<Tab> {
        let tabs = self.state.tabs.iter().map(|shown| Tab {
            title: shown.tab.title,
            count: shown.count,
            address: self.state.address_of(shown.tab),
            current: shown.tab == self.state.tab,
        });
        tabs.collect()
    }

    /// For screen readers.
    fn status(&self) -> String {
        match &self.state {
            state if state.none_yet => format!("No {} yet", self.words.many),
            state if self.rows.is_empty() => format!("No {} matches", state.tab.one),
            state => {
                let total = capped(&state.pager.total);
                format!("{} of {total} {} shown", state.pager.shown, state.tab.many)
            }
        }
    }

    fn caption(&self) -> String {
        let mut words = self.state.tab.many.chars();
        let first = words.next().into_iter().flat_map(char::to_uppercase);
        first.chain(words).collect()
    }

    fn which(&self) -> String {
        format!("Which {}", self.words.many)
    }

    /// The columns with their cells.
    fn cells<'a>(&self, row: &'a [Cell]) -> Vec<(&'static ListColumn, &'a Cell)> {
        self.columns.iter().zip(row).collect()
    }
}

page!(ListPage, Results => as_results);
