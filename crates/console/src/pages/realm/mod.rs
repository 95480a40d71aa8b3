//! Settings of the realm: signing keys, organization.

mod organization;
mod settings;
mod sign_in_settings;
mod sign_in_tried;
mod signing_keys;

pub use organization::{NodeRow, OrganizationPage};
pub use settings::{SettingsForm, settings_form};
pub use sign_in_settings::{RuleRow, SignInSettingsPage};
pub use sign_in_tried::{RuleFit, SignInTriedPage, TriedRule};
pub use signing_keys::{KeyRow, KeyUse, SigningKeysPage};
