//! Resource servers: services that receive tokens and ask whether they are active.

use claviger_contract::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::setting::{authorised, authorised_to_make, ensure_current};
use super::{Administration, AdministrationError, Edited};
use crate::domain::{AuditTarget, Change, Name, ResourceServer, Secret, SecretKind, ServerAudience};
use crate::ledger::{Act, Plan, Right};

#[derive(Clone, Debug)]
pub struct NewResourceServer {
    pub name: Name,
    pub audience: ServerAudience,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceServerView {
    pub id: Uuid,
    pub client_id: Uuid,
    pub name: Name,
    pub audience: ServerAudience,
    pub created_at: Timestamp,
}

/// The only answer that holds the key.
#[derive(Debug)]
pub struct CreatedServer {
    pub view: ResourceServerView,
    pub client_key: Secret,
}

pub fn create_resource_server(
    administration: &Administration,
    act: &Act,
    new: NewResourceServer,
) -> Result<CreatedServer, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::Manage)?;
        if new.audience.as_str() == &*realm.issuer {
            let detail = "the issuer is the audience of the whole realm: choose the resource server's own";
            return Err(AdministrationError::invalid("audience", detail));
        }
        if realm.find_server_by_audience(new.audience.as_str()).is_some() {
            return Err(AdministrationError::Conflict(format!(
                "{} has a resource server already",
                new.audience
            )));
        }
        if realm.servers.values().any(|server| server.record.name == new.name) {
            return Err(AdministrationError::Conflict(format!(
                "there is a resource server \"{}\" already",
                new.name
            )));
        }
        let client_key = Secret::generate(SecretKind::ClientKey, scene.randomness());
        let server = ResourceServer {
            id: scene.new_id(),
            name: new.name,
            audience: new.audience,
            key_digest: administration.keyring.digester().digest(client_key.expose()),
            created_at: scene.now,
        };
        let view = view(&server);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::ResourceServerPut { server });
        plan.event("resource_server.create", target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide(CreatedServer { view, client_key }))
    })?;
    Ok(committed.outcome)
}

/// Tokens for its audience are dead, and stay dead when another server takes that audience.
pub fn delete_resource_server(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<Edited<()>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let known = realm.servers.get(&id).ok_or(AdministrationError::NotFound("resource server"))?;
        let before = view(&known.record);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::ResourceServerDeleted { id });
        plan.event("resource_server.delete", target(&before), Some(&before), None::<&()>);
        Ok::<_, AdministrationError>(plan.decide(()))
    })?;
    Ok(Edited { object: (), position: committed.position, cut: true })
}

pub fn find_resource_server(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<ResourceServerView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = reading.realm.servers.get(&id).map(|server| view(&server.record));
    found.ok_or(AdministrationError::NotFound("resource server"))
}

/// In the order in which they came.
pub fn list_resource_servers(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ResourceServerView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.servers.values().map(|server| view(&server.record)).collect())
}

fn view(server: &ResourceServer) -> ResourceServerView {
    ResourceServerView {
        id: server.id,
        client_id: server.id,
        name: server.name.clone(),
        audience: server.audience.clone(),
        created_at: server.created_at,
    }
}

fn target(view: &ResourceServerView) -> AuditTarget {
    AuditTarget { kind: "resource_server", id: view.id.to_string(), name: view.name.to_string() }
}
