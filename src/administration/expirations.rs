//! The list of everything that ends by itself.

use claviger_api::{ExpirationView, Listed};
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Page, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use crate::snapshot::Expiration;
use claviger_domain::{ExpirationKind, MemberId};

/// The parameter that selects one kind.
pub const KIND: &str = "kind";

impl Listable for ExpirationView {
    const LIST: Shape = Shape {
        sorts: &["expires_at", "kind", "name"],
        default_sort: "expires_at",
        statuses: &[],
        others: &[EXPIRES_BEFORE, KIND],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "kind" => self.kind.as_str().to_owned(),
            "name" => self.name.clone(),
            _ => self.expires_at.to_string(),
        };
        let owner = self.owner.as_ref().map(ToString::to_string);
        let searched = [self.name.clone(), self.id.clone()].into_iter().chain(owner).collect();
        Facts { id: self.id.clone(), key, status: "", searched }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// Of the kinds that the caller may read. Members who may not read the realm see what they own.
pub fn list_expirations(
    administration: &Administration,
    act: &Act,
    page: &Page,
) -> Result<Listed<ExpirationView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let kind = page.other(KIND).map(str::parse::<ExpirationKind>).transpose();
    let kind = kind.map_err(|detail| AdministrationError::invalid(KIND, detail))?;
    let own: Option<MemberId> = match act.caller.is_credential() {
        true => None,
        false => {
            let member = act.caller.find_member(&reading.realm, reading.now)?;
            member.filter(|member| !member.audits()).map(|member| member.id)
        }
    };
    let mut selection = page.selection();
    reading.realm.for_each_expiration(reading.now, |expiration| {
        let is_visible = match own {
            Some(own) => expiration.owner.is_some_and(|owner| owner.id == own),
            None => act.caller.may_read(expiration.kind.admin_scope()),
        };
        let is_asked_for = kind.is_none_or(|kind| kind == expiration.kind);
        if is_visible && is_asked_for && page.wants_end(Some(expiration.expires_at)) {
            selection.offer(view(expiration));
        }
    });
    Ok(selection.finish())
}

fn view(expiration: &Expiration<'_>) -> ExpirationView {
    ExpirationView {
        kind: expiration.kind,
        id: expiration.id.to_string(),
        name: expiration.name.to_string(),
        expires_at: expiration.expires_at,
        cause: expiration.cause,
        owner: expiration.owner.map(|owner| owner.email.clone()),
    }
}
