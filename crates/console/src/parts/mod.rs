//! What pages are made of, beside text.

mod bounds;
mod event_line;
mod faults;
mod lifecycle;
mod list_query;
mod mark;
mod matrix;
mod pager;
mod plot;
mod qr_code;
mod reach;
mod scope;

pub use bounds::{MAX_DESCRIPTION, MAX_NAME};
pub(crate) use bounds::{OVERLAPS, USUAL_OVERLAP};
pub use event_line::EventLine;
pub use faults::{Fault, Faults};
pub use lifecycle::{EXPIRING_SOON_DAYS, Lifecycle, UNUSED_DAYS};
pub use list_query::ListQuery;
pub use mark::{Mark, Tone};
pub(crate) use matrix::columns;
pub use matrix::{MatrixRow, OfferedAction, ScopeWord};
pub use pager::{Choice, Column, Pager, Sorted, Tab};
pub use plot::{Plot, Spot};
pub use qr_code::QrCode;
pub use reach::{Reach, ReachKind};
pub use scope::{Effect, Origin, OriginKind, ScopeLine};
