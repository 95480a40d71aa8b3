//! Refresh tokens of container registry clients: created at login, listed, revoked.

use std::sync::Arc;

use claviger_api::RegistryTokenView;
use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::administration::error::AdministrationError;
use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape, use_key};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, ensure_current, ensure_may_change_of};
use crate::ledger::{Act, Asked, Caller, Plan, Right, Scene, Unsettled};
use crate::snapshot::{Holding, RealmView};
use crate::store::Decision;
use claviger_domain::{
    Actor, AuditAction, AuditTarget, Bound, Change, Member, MemberId, RegistryHolder, RegistryRefreshToken,
    RegistryRefreshTokenState, RegistryService, RegistryTokenId, Secret, SecretKind, Status, Subject,
    TargetKind,
};

/// The refresh token to create for an authenticated holder.
#[derive(Clone, Debug)]
pub struct NewRegistryToken {
    pub realm: RealmLabel,
    pub service: RegistryService,
    pub holder: RegistryHolder,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

impl Listable for RegistryTokenView {
    const LIST: Shape = Shape {
        sorts: &["created_at", "service", "expires_at", "last_used_at"],
        default_sort: "created_at",
        statuses: Status::NAMES,
        others: &[EXPIRES_BEFORE],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "service" => self.service.to_string(),
            "expires_at" => self.expires_at.to_string(),
            "last_used_at" => use_key(self.last_used_at),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: self.status.as_str(),
            searched: vec![self.service.to_string(), self.id.to_string()],
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

const NOUN: &str = "registry token";

/// Above the holder's limit, the oldest token for the same registry is replaced, or the oldest of all if there is none.
/// `None` if no token can be added: the client then keeps the token it logged in with, which has the same scopes.
pub fn create_registry_token(
    administration: &Administration,
    new: NewRegistryToken,
) -> Result<Option<Secret>, AdministrationError> {
    let act =
        Act { address: new.address, request_id: new.request_id, ..Act::local(new.realm, Caller::Client) };
    // The answer says nothing about replaced tokens, so a login does not wait until all nodes refuse them.
    let made = administration.ledger.restrict(&act, &Subject::Realm, Asked::Change, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        let Some(replaced) = room(scene, realm, &new.service, &new.holder) else {
            return Ok(Decision::Nothing(None));
        };
        let secret = Secret::generate(SecretKind::RegistryRefreshToken, scene.randomness());
        let token = RegistryRefreshToken {
            id: scene.new_id(),
            digest: administration.keyring.digester().digest(secret.expose()),
            service: new.service,
            holder: not_ahead(new.holder, scene.snapshot.position),
            created_at: scene.now,
            expires_at: new.expires_at,
            state: RegistryRefreshTokenState::Active,
            position: scene.next,
        };
        let view = view(&token, realm.cut, scene.now);
        let mut plan = Plan::new(scene, &act, actor(realm, &token.holder));
        for old in replaced {
            let before = self::view(old, realm.cut, scene.now);
            let revoked = revoked(old, scene.now);
            let after = self::view(&revoked, realm.cut, scene.now);
            plan.addition(Change::put(revoked));
            plan.event(AuditAction::RegistryTokenReplace, target(&after), Some(&before), Some(&after));
        }
        plan.addition(Change::put(token));
        plan.event(AuditAction::RegistryTokenCreate, target(&view), None::<&()>, Some(&view));
        Ok::<_, AdministrationError>(plan.decide(Some(secret)))
    });
    made.map(Unsettled::dangerously_unsettled)
}

/// No token of this log has a position beyond its head. A higher signed position is made up, and would outlive later
/// cuts.
fn not_ahead(mut holder: RegistryHolder, head: Position) -> RegistryHolder {
    if let RegistryHolder::AccessToken { position, .. } = &mut holder {
        *position = head.min(*position);
    }
    holder
}

/// Lists the caller's own tokens; with read access to the realm, those of all members.
pub fn list_registry_tokens(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<RegistryTokenView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let sees = |token: &RegistryRefreshToken| {
        let may = |member: &Arc<Member>| member.audits() || owns(&reading.realm, member, token);
        caller.as_ref().is_none_or(may)
    };
    let tokens = administration.ledger.store().list_registry_tokens(&act.realm)?;
    let tokens = tokens.iter().filter(|token| sees(token));
    let mut views: Vec<_> = tokens.map(|token| view(token, reading.realm.cut, reading.now)).collect();
    let ids: Vec<_> = views.iter().map(|view| view.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

/// Revokes the caller's own token, or as an administrator any member's. Registry tokens obtained with it end within
/// their lifetime.
pub fn revoke_registry_token(
    administration: &Administration,
    act: &Act,
    id: RegistryTokenId,
) -> Result<Unsettled<RegistryTokenView>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::RegistryToken(id), Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        let may = |token: &RegistryRefreshToken| {
            let may = |member: &Arc<Member>| member.administers() || owns(realm, member, token);
            caller.as_ref().is_none_or(may)
        };
        let known = match realm.registry_tokens.get(&id) {
            Some(known) => Some(known.clone()),
            // Tokens that ended long ago are only in the table.
            None => scene.tables.find_registry_token(&act.realm, id)?.map(Arc::new),
        };
        let known = &known.filter(|token| may(token)).ok_or(AdministrationError::NotFound(NOUN))?;
        ensure_may_change_of(caller.as_deref(), owner(realm, known).as_deref())?;
        let before = view(known, realm.cut, scene.now);
        if known.state != RegistryRefreshTokenState::Active {
            return Ok(Decision::Nothing(before));
        }
        let token = revoked(known, scene.now);
        let after = view(&token, realm.cut, scene.now);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.addition(Change::put(token));
        plan.event(AuditAction::RegistryTokenRevoke, target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

fn owns(realm: &RealmView, member: &Member, token: &RegistryRefreshToken) -> bool {
    owner_id(realm, token) == Some(member.id)
}

/// `None` for tokens of a service credential, which belong to the realm.
fn owner_id(realm: &RealmView, token: &RegistryRefreshToken) -> Option<MemberId> {
    match &token.holder {
        RegistryHolder::MemberToken { member, .. } => Some(*member),
        RegistryHolder::AccessToken { client_id, .. } => {
            realm.applications.get(&client_id.for_lookup()).map(|known| known.record.member)
        }
    }
}

fn owner(realm: &RealmView, token: &RegistryRefreshToken) -> Option<Arc<Member>> {
    realm.members.get(&owner_id(realm, token)?).cloned()
}

/// Which tokens of the same holder must be replaced for a new one. `None` if the limits allow none, or if too many
/// ended tokens of the holder are still remembered.
fn room<'r>(
    scene: &Scene<'_>,
    realm: &'r RealmView,
    service: &RegistryService,
    holder: &RegistryHolder,
) -> Option<Vec<&'r Arc<RegistryRefreshToken>>> {
    let (limits, holdings, held) = (&scene.limits, &realm.holdings, Holding::RegistryToken);
    let holder = holder.id();
    let live = || realm.total_live(&[held], scene.now);
    limits.check_ending(Bound::RegistryTokensPerRealm, holdings.total(held), live).ok()?;
    let most = usize::try_from(limits.get(Bound::RegistryTokensPerHolder)).unwrap_or(usize::MAX);
    if most == 0 {
        return None;
    }
    limits
        .check_ending(Bound::RegistryTokensPerHolder, holdings.remembered(held, holder.widen()), || 0)
        .ok()?;
    let find = |id| realm.registry_tokens.get(&id);
    let mut own: Vec<_> = holdings.live_registry_tokens(holder, scene.now).filter_map(find).collect();
    let too_many = (own.len() + 1).saturating_sub(most);
    own.sort_unstable_by_key(|token| (token.service != *service, token.created_at, token.id));
    own.truncate(too_many);
    Some(own)
}

fn revoked(token: &RegistryRefreshToken, now: Timestamp) -> RegistryRefreshToken {
    RegistryRefreshToken { state: RegistryRefreshTokenState::Revoked { at: now }, ..token.clone() }
}

fn actor(realm: &RealmView, holder: &RegistryHolder) -> Actor {
    match holder {
        RegistryHolder::MemberToken { member, .. } => {
            let name = realm.members.get(member).map(|known| known.email.to_string()).unwrap_or_default();
            Actor::member(*member, name)
        }
        RegistryHolder::AccessToken { client_id, .. } => {
            Actor::client(client_id.widen(), realm.name_of_client(*client_id))
        }
    }
}

/// `cut` is the realm's: tokens issued before it are invalid.
fn view(token: &RegistryRefreshToken, cut: Position, now: Timestamp) -> RegistryTokenView {
    let status = token.term().status_after_cut(token.position < cut, now);
    let revoked_at = match token.state {
        RegistryRefreshTokenState::Revoked { at } => Some(at),
        RegistryRefreshTokenState::Active => None,
    };
    let (client_id, member) = match &token.holder {
        RegistryHolder::MemberToken { member, .. } => (None, Some(*member)),
        RegistryHolder::AccessToken { client_id, .. } => (Some(*client_id), None),
    };
    RegistryTokenView {
        id: token.id,
        client_id,
        member,
        service: token.service.clone(),
        status,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: None,
        revoked_at,
    }
}

fn target(view: &RegistryTokenView) -> AuditTarget {
    AuditTarget { kind: TargetKind::RegistryToken, id: view.id.to_string(), name: view.service.to_string() }
}
