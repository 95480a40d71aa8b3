//! Settings of the realm: signing keys, organization.

mod organization;
mod signing_keys;

pub use organization::{NodeRow, NodeStanding, OrganizationPage};
pub use signing_keys::{KeyRow, KeyUse, SigningKeysPage};
