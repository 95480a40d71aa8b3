//! The immutable snapshot from which every token decision is made, and its atomic swap.

mod apply;
mod client;
mod clock_alarm;
mod consequences;
mod consequences_for_members;
mod credential;
mod forget;
mod grant_sets;
mod holdings;
mod index;
mod indexed;
mod keys;
mod lost;
mod published;
mod reach;
mod realm_view;
mod records;
mod resource_servers;
mod restricted;
mod restrictions;
mod revoked_token;
mod view;

pub use apply::{ApplyError, KeyOpener};
pub use client::Client;
pub use clock_alarm::ClockAlarm;
pub use consequences::consequences;
pub use credential::{Credential, GrantedCredential};
pub use holdings::{Holding, Holdings};
pub use keys::{LiveKey, RealmKeys};
pub use published::{HeadLooks, Snapshots};
pub use realm_view::{Application, RealmView};
pub use resource_servers::LiveServer;
pub use restricted::add_restricted;
pub use restrictions::Restrictions;
pub use revoked_token::RevokedToken;
pub use view::Snapshot;
