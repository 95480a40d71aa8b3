//! The immutable view from which every token decision is made, its atomic swap, and the counters beside it.

mod apply;
mod consequences;
mod credential;
mod heard;
mod keys;
mod published;
mod realm_view;
mod shared_grants;
mod usage;
mod view;

pub use apply::{ApplyError, KeyOpener};
pub use consequences::consequences;
pub use credential::Credential;
pub use heard::Heard;
pub use keys::{LiveKey, RealmKeys};
pub use published::{NoLease, Snapshots};
pub use realm_view::{Application, Client, LiveServer, RealmView, RevokedToken};
pub use shared_grants::SharedGrants;
pub use usage::Usage;
pub use view::Snapshot;
