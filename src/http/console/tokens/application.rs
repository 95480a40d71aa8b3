//! One application credential, for those who change it.

use claviger_api::ApplicationCredentialView;
use claviger_console::{Address, TokenKind};

use crate::administration::find_application_credential;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::item::{Item, of_application};
use crate::http::console::tokens::kind::{ensure_opens, stop};
use crate::http::console::visit::Visit;
use claviger_domain::ApplicationCredentialId;

pub const KIND: TokenKind = TokenKind::Application;

/// As its owner or who reads the realm finds it.
pub fn open(visit: &Visit, id: ApplicationCredentialId) -> Result<(ApplicationCredentialView, Item), Stop> {
    ensure_opens(visit, KIND)?;
    let found = find_application_credential(&visit.state.administration, &visit.act(), id);
    let view = found.map_err(|error| stop(KIND, error))?;
    let item = of_application(visit, view.clone());
    Ok((view, item))
}

pub fn page_of(visit: &Visit, view: &ApplicationCredentialView) -> Address {
    visit.links().token(&KIND, &view.id.to_string())
}
