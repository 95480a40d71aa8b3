//! The pages of the web console: typed structs in, HTML out. Every page has all that it shows as an argument; there is
//! no server, no database and no clock.

mod assets;
mod form;
mod frame;
mod links;
mod list;
mod page;
mod pages;
mod parts;
mod record;
pub mod text;

pub use assets::{Asset, all as assets, find_asset};
pub use form::{FormChoice, FormField, FormPage, Stale};
pub use frame::{Alone, Entry, Frame, NodesInStep, Note, Section, SignedIn, Theme, role_name};
pub use links::{Address, CommandLineRequest, Draft, Links, Loopback, Site, Step, TokenKind};
pub use list::{
    Cell, FoundElsewhere, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, Select, TabCount,
    TabWords,
};
pub use page::{Fragment, Page, RenderFailed, UnknownFragment};
pub use pages::*;
pub use parts::{
    Choice, Column, EXPIRING_SOON_DAYS, Effect, EventLine, Fault, Faults, Lifecycle, ListQuery,
    MAX_DESCRIPTION, MAX_NAME, Mark, MatrixRow, OfferedAction, Origin, OriginKind, Pager, Plot, QrCode,
    Reach, ReachKind, ScopeLine, ScopeWord, Sorted, Spot, Tab, Tone, UNUSED_DAYS,
};
pub use record::{ActTone, Fact, PanelBody, RecordAct, RecordLine, RecordNote, RecordPage, RecordPanel};
