//! An application credential as it is shown and listed.

use claviger_api::ApplicationCredentialView;
use claviger_contract::Timestamp;

use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape, end_key, use_key};
use crate::snapshot::RealmView;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialState, AuditTarget, Status, TargetKind, first_end,
};

impl Listable for ApplicationCredentialView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at", "expires_at", "last_used_at"],
        default_sort: "created_at",
        statuses: Status::NAMES,
        others: &[EXPIRES_BEFORE],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "name" => self.name.to_string(),
            "expires_at" => end_key(self.expires_at()),
            "last_used_at" => use_key(self.last_used_at),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: self.status.as_str(),
            searched: vec![self.name.to_string(), self.description.to_string(), self.id.to_string()],
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        first_end(self.expires_at, self.overlap_ends_at)
    }
}

pub(super) fn view(
    realm: &RealmView,
    credential: &ApplicationCredential,
    now: Timestamp,
) -> ApplicationCredentialView {
    let status = credential.term().status(now);
    let revoked_at = match credential.state {
        ApplicationCredentialState::Revoked { at } => Some(at),
        ApplicationCredentialState::Active => None,
    };
    ApplicationCredentialView {
        id: credential.id,
        client_id: credential.id.widen(),
        member: credential.member,
        name: credential.name.clone(),
        description: credential.description.clone(),
        scopes: credential.scopes.clone(),
        effective_scopes: realm.scopes_of_application(credential),
        status,
        created_at: credential.created_at,
        updated_at: credential.updated_at,
        expires_at: credential.expires_at,
        last_used_at: None,
        revoked_at,
        replaces: credential.replaces,
        overlap_ends_at: credential.overlap_ends_at,
    }
}

pub(super) fn target(view: &ApplicationCredentialView) -> AuditTarget {
    AuditTarget {
        kind: TargetKind::ApplicationCredential,
        id: view.id.to_string(),
        name: view.name.to_string(),
    }
}
