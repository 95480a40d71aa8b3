//! Resource servers: services that receive tokens and introspect them.

use claviger_api::{CreatedResourceServer, NewResourceServer, ResourceServerView, ShownOnce};

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, ensure_current, gone};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use claviger_domain::{
    AuditAction, AuditTarget, Bound, Change, Key, ResourceServer, ResourceServerId, Secret, SecretKind,
    Subject, TargetKind,
};

impl Listable for ResourceServerView {
    const LIST: Shape = Shape {
        sorts: &["name", "audience", "created_at"],
        default_sort: "created_at",
        statuses: &[],
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "name" => self.name.to_string(),
            "audience" => self.audience.to_string(),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: "",
            searched: vec![self.name.to_string(), self.audience.to_string(), self.id.to_string()],
        }
    }
}

pub fn create_resource_server(
    administration: &Administration,
    act: &Act,
    new: NewResourceServer,
) -> Result<CreatedResourceServer, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        if new.audience.as_str() == &*realm.issuer {
            let detail = "the issuer is the audience of the whole realm: choose another audience";
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

/// Tokens for its audience become invalid, and stay so if another server takes that audience.
pub fn delete_resource_server(
    administration: &Administration,
    act: &Act,
    id: ResourceServerId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::ResourceServer(id));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.servers.get(id) else { return gone(realm, &subject, "resource server", ()) };
        let before = view(&known.record);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::Deleted(Key::ResourceServer(id)));
        plan.event(AuditAction::ResourceServerDelete, target(&before), Some(&before), None::<&()>);
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
    found.ok_or(AdministrationError::NotFound("resource server"))
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
    }
}

fn target(view: &ResourceServerView) -> AuditTarget {
    AuditTarget { kind: TargetKind::ResourceServer, id: view.id.to_string(), name: view.name.to_string() }
}
