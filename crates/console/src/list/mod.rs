//! A list of things: one page for all of them. A list brings its words, its tabs, its columns, and the cells of its rows.

mod cell;
mod column;
mod page;
mod state;
mod words;

pub use cell::Cell;
pub use column::ListColumn;
pub use page::{ListAct, ListPage};
pub use state::{FoundElsewhere, ListState, Select, TabCount};
pub use words::{ListTab, ListWords, TabWords};
