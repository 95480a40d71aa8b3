//! What every page has: realm, member, menu, theme, state of the nodes.

mod alone;
mod entry;
mod framed;
mod nodes;
mod role;
mod theme;

pub use alone::Alone;
pub use entry::{Entry, Section};
pub use framed::{Frame, Note, SignedIn};
pub use nodes::NodesInStep;
pub use role::role_name;
pub use theme::Theme;
