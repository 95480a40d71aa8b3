//! The vault: source credentials, and the sources that use them.

mod chooser;
mod detail;
mod form;
mod health;
mod inputs;
mod list;
mod questions;
mod source;
mod source_form;
mod verdict;

pub use chooser::{ChooserFor, TypeChooserPage, TypeTile, tile_letters};
pub use detail::{LinkedSource, SourceCredentialPage};
pub use form::{ProfileChoice, SourceCredentialFormPage, VaultForm};
pub use health::CredentialHealth;
pub use inputs::{FieldInput, InputKind, Kept, QuestionInput};
pub use list::{
    SourceCredentialRow, SourceCredentialTab, SourceRow, SourceTab, source_credential_list, source_list,
};
pub use questions::SourceCredentialQuestionsPage;
pub use source::{Retrieval, SourcePage, StoppedBy};
pub use source_form::{CredentialChoice, SourceFormPage};
pub use verdict::{NotSaved, PermissionLine, PermissionVerdict, Verdict};
