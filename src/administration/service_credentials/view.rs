//! Service credentials as the API shows them.

use claviger_api::{CredentialView, ResponsibleView};
use claviger_contract::Timestamp;

use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape};
use crate::administration::service_credentials::matching::{CREATED_BY, GROUP};
use crate::administration::setting::Reading;
use crate::snapshot;
use claviger_domain::{
    AuditTarget, CredentialFilter, EffectiveScope, Name, ResourceGrant, ServiceCredential, Status,
    TargetKind, explain_scopes,
};

impl Listable for CredentialView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at", "expires_at", "last_used_at"],
        default_sort: "created_at",
        statuses: &[
            Status::Active.as_str(),
            Status::Expired.as_str(),
            Status::Revoked.as_str(),
            CredentialFilter::NeverExpires.as_str(),
            CredentialFilter::Unused.as_str(),
        ],
        others: &[EXPIRES_BEFORE, GROUP, CREATED_BY],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "name" => self.name.to_string(),
            "expires_at" => ends_at_key(self),
            "last_used_at" => self.last_used_at.map_or(-1, Timestamp::epoch_seconds).to_string(),
            _ => self.id.to_string(),
        };
        Facts { id: self.id.to_string(), key, status: self.status.as_str(), searched: Vec::new() }
    }
}

/// As the database sorts: the end of the validity or of the overlap, whichever is earlier.
fn ends_at_key(view: &CredentialView) -> String {
    let end = [view.expires_at, view.overlap_ends_at].into_iter().flatten().min();
    end.map_or(i64::MAX, Timestamp::epoch_seconds).to_string()
}

pub(super) fn view(
    reading: &Reading,
    mut record: ServiceCredential,
    last_used_at: Option<Timestamp>,
) -> CredentialView {
    if record.revocation.is_some() {
        leave_what_is_there(&reading.realm, &mut record);
    }
    let (revoked_at, revoked_by) = match &record.revocation {
        Some(revocation) => (Some(revocation.at), Some(revocation.by.clone())),
        None => (None, None),
    };
    CredentialView {
        id: record.id,
        client_id: record.id.widen(),
        realm: reading.realm.record.label.clone(),
        status: record.term().status(reading.now),
        validity_days: record.validity,
        expires_at: record.expires_at(),
        token_ttl_seconds: record.token_lifetime,
        effective_scopes: explained(reading, &record.groups, &record.resources),
        responsible: responsible(reading, &record.groups),
        name: record.name,
        description: record.description,
        groups: record.groups,
        resources: record.resources,
        admin_scopes: record.admin_scopes.into(),
        replaces: record.replaces,
        overlap_ends_at: record.overlap_ends_at,
        created_at: record.created_at,
        created_by: record.created_by,
        updated_at: record.updated_at,
        updated_by: record.updated_by,
        last_used_at,
        revoked_at,
        revoked_by,
    }
}

/// Acts do not update the lists of credentials that ended long ago. Objects deleted since are omitted.
fn leave_what_is_there(realm: &snapshot::RealmView, record: &mut ServiceCredential) {
    record.groups.retain(|name| realm.groups.contains_key(name));
    for grant in &mut record.resources {
        let resource = realm.resources.get(&grant.resource);
        grant.actions.retain(|action| resource.is_some_and(|resource| resource.offers(action)));
    }
    record.resources.retain(|grant| !grant.actions.is_empty());
}

fn responsible(reading: &Reading, groups: &[Name]) -> Vec<ResponsibleView> {
    let named = groups.iter().filter_map(|name| reading.realm.groups.get(name));
    let spoken_for = named.filter(|group| !group.responsible.as_str().is_empty());
    spoken_for
        .map(|group| ResponsibleView { group: group.name.clone(), responsible: group.responsible.clone() })
        .collect()
}

fn explained(reading: &Reading, groups: &[Name], resources: &[ResourceGrant]) -> Vec<EffectiveScope> {
    let named = groups.iter().filter_map(|name| reading.realm.groups.get(name)).map(|group| &**group);
    explain_scopes(named, resources)
}

pub(super) fn target(view: &CredentialView) -> AuditTarget {
    AuditTarget { kind: TargetKind::ServiceCredential, id: view.id.to_string(), name: view.name.to_string() }
}
