//! Service credentials: list, wizard, show once, detail, revoke, renew.

mod changed_meanwhile;
mod detail;
mod examples;
mod list;
mod receipt;
mod remove;
mod renew;
mod revoke;
mod shown_once;
mod usage;
mod wizard;

pub use changed_meanwhile::ChangedMeanwhilePage;
pub use detail::CredentialPage;
pub use examples::{CredentialExamplesPage, UsageExample};
pub use list::{
    CredentialCounts, CredentialListPage, CredentialRow, CredentialTab, Elsewhere, Example, NoCredentialsPage,
};
pub use receipt::{NodeLine, NodeState, ReceiptEnd, ReceiptOutcome, ReceiptPage, ReceiptRecord};
pub use remove::{RemoveGrantPage, RemovedGrant};
pub use renew::RenewPage;
pub use revoke::RevokePage;
pub use shown_once::{CredentialKeyAgainPage, CredentialKeyPage, FirstUseLine};
pub use usage::{Audience, Usage, UsageAudience, UsageDay};
pub use wizard::*;
