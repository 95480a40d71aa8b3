//! One thing: one page for all kinds that need no more than a heading, panels and facts.

mod page;
mod panel;

pub use page::{ActTone, Fact, RecordAct, RecordNote, RecordPage};
pub use panel::{PanelBody, RecordLine, RecordPanel};
