//! Resource servers: services that receive tokens and introspect them.

use claviger_api::{CreatedResourceServer, NewResourceServer, ResourceServerView, ShownOnce};
use claviger_contract::Timestamp;

use crate::administration::decision::ensure_renewable;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape, end_key};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, ensure_current, gone};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use claviger_domain::{
    AuditAction, AuditTarget, Bound, Change, Key, Overlap, ResourceServer, ResourceServerId, Secret,
    SecretKind, Subject, TargetKind,
};

const NOUN: &str = "resource server";

impl Listable for ResourceServerView {
    const LIST: Shape = Shape {
        sorts: &["name", "audience", "created_at", "expires_at"],
        default_sort: "created_at",
        statuses: &[],
        others: &[EXPIRES_BEFORE],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "name" => self.name.to_string(),
            "audience" => self.audience.to_string(),
            "expires_at" => end_key(self.overlap_ends_at),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: "",
            searched: vec![self.name.to_string(), self.audience.to_string(), self.id.to_string()],
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.overlap_ends_at
    }
}

pub fn create_resource_server(
    administration: &Administration,
    act: &Act,
    new: NewResourceServer,
) -> Result<CreatedResourceServer, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let own = [&*realm.issuer, &*realm.administration];
        if own.contains(&new.audience.as_str()) {
            let detail =
                "the issuer and the administration API are audiences of the realm itself: choose another";
            return Err(AdministrationError::invalid("audience", detail));
        }
        if realm.servers.find_by_audience(new.audience.as_str()).is_some() {
            return Err(AdministrationError::Conflict(format!(
                "{} already has a resource server",
                new.audience
            )));
        }
        if realm.servers.iter().any(|server| server.record.name == new.name) {
            return Err(AdministrationError::Conflict(format!(
                "a resource server \"{}\" already exists",
                new.name
            )));
        }
        scene.limits.check(Bound::ResourceServersPerRealm, realm.servers.len(), 1)?;
        let client_key = Secret::generate(SecretKind::ClientKey, scene.randomness());
        let server = ResourceServer {
            id: scene.new_id(),
            name: new.name,
            audience: new.audience,
            key_digest: administration.keyring.digester().digest(client_key.expose()),
            created_at: scene.now,
            replaces: None,
            overlap_ends_at: None,
        };
        let shown = view(&server);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(server));
        plan.event(AuditAction::ResourceServerCreate, target(&shown), None::<&()>, Some(&shown));
        plan.made(&shown.id);
        let client_key = ShownOnce::from(&client_key);
        Ok::<_, AdministrationError>(plan.decide(CreatedResourceServer { server: shown, client_key }))
    })?;
    Ok(committed.outcome)
}

/// The successor has the same name and audience, and a new id and key. Tokens for the audience stay valid. From the end
/// of the overlap the old key is refused everywhere. `revocation` then deletes the old server.
pub fn renew_resource_server(
    administration: &Administration,
    act: &Act,
    id: ResourceServerId,
    overlap: Overlap,
) -> Result<CreatedResourceServer, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let old = &realm.servers.get(id).ok_or(AdministrationError::NotFound(NOUN))?.record;
        ensure_renewable(NOUN, old.is_live(scene.now), old.overlap_ends_at)?;
        scene.limits.check(Bound::ResourceServersPerRealm, realm.servers.len(), 1)?;
        let client_key = Secret::generate(SecretKind::ClientKey, scene.randomness());
        let successor = ResourceServer {
            id: scene.new_id(),
            key_digest: administration.keyring.digester().digest(client_key.expose()),
            created_at: scene.now,
            replaces: Some(id),
            overlap_ends_at: None,
            ..(**old).clone()
        };
        let (before, after) = (view(old), view(&successor));
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        let overlap_ends_at = overlap.ends_at(scene.now);
        plan.addition(Change::ResourceServerRenewed { successor, overlap_ends_at });
        plan.event(AuditAction::ResourceServerRenew, target(&after), Some(&before), Some(&after));
        plan.made(&after.id);
        let client_key = ShownOnce::from(&client_key);
        Ok::<_, AdministrationError>(plan.decide(CreatedResourceServer { server: after, client_key }))
    })?;
    Ok(committed.outcome)
}

/// Tokens for its audience become invalid, and stay so if another server takes that audience. The
/// server that it replaces, which has the same audience, is deleted with it. A server that is being replaced is deleted
/// alone.
pub fn delete_resource_server(
    administration: &Administration,
    act: &Act,
    id: ResourceServerId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::ResourceServer(id));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.servers.get(id) else { return gone(realm, &subject, NOUN, ()) };
        let before = view(&known.record);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        let next = |server: &&ResourceServer| {
            server.replaces.and_then(|id| realm.servers.get(id)).map(|known| &*known.record)
        };
        let replaced: Vec<&ResourceServer> = match known.record.overlap_ends_at {
            Some(_) => vec![&known.record],
            None => std::iter::successors(Some(&*known.record), next).collect(),
        };
        for server in replaced {
            let before = view(server);
            plan.change(realm, Change::Deleted(Key::ResourceServer(server.id)));
            plan.event(AuditAction::ResourceServerDelete, target(&before), Some(&before), None::<&()>);
        }
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}

pub fn find_resource_server(
    administration: &Administration,
    act: &Act,
    id: ResourceServerId,
) -> Result<ResourceServerView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = reading.realm.servers.get(id).map(|server| view(&server.record));
    found.ok_or(AdministrationError::NotFound(NOUN))
}

/// In order of creation.
pub fn list_resource_servers(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ResourceServerView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.servers.iter().map(|server| view(&server.record)).collect())
}

fn view(server: &ResourceServer) -> ResourceServerView {
    ResourceServerView {
        id: server.id,
        client_id: server.id.widen(),
        name: server.name.clone(),
        audience: server.audience.clone(),
        created_at: server.created_at,
        replaces: server.replaces,
        overlap_ends_at: server.overlap_ends_at,
    }
}

fn target(view: &ResourceServerView) -> AuditTarget {
    AuditTarget { kind: TargetKind::ResourceServer, id: view.id.to_string(), name: view.name.to_string() }
}
