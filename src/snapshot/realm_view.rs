//! One realm, as of one position.

use std::sync::Arc;

use claviger_contract::{Position, Scope, ScopeSet, Standing, Timestamp};
use uuid::Uuid;

use super::credential::scopes_of;
use super::{Credential, RealmKeys};
use crate::domain::{
    ApplicationCredential, BuiltInScope, Group, Member, MemberToken, Name, Realm, RegistryRefreshToken,
    Resource, ResourceName, ResourceServer, ScopeEntry, SecretDigest, ServerAudience,
};

/// Cheap to clone: the maps share what did not change.
#[derive(Clone)]
pub struct RealmView {
    pub record: Arc<Realm>,
    /// `{public_url}/realms/{realm}`.
    pub issuer: Arc<str>,
    /// Tokens of the whole realm from before it are dead.
    pub cut: Position,
    pub keys: RealmKeys,
    pub scopes: imbl::OrdMap<Scope, Arc<ScopeEntry>>,
    pub resources: imbl::OrdMap<ResourceName, Arc<Resource>>,
    pub groups: imbl::OrdMap<Name, Arc<Group>>,
    pub members: imbl::OrdMap<Uuid, Arc<Member>>,
    pub member_tokens: imbl::OrdMap<Uuid, Arc<MemberToken>>,
    pub applications: imbl::OrdMap<Uuid, Application>,
    pub credentials: imbl::HashMap<Uuid, Arc<Credential>>,
    /// Names taken by credentials that are neither revoked nor being replaced.
    pub live_names: imbl::HashMap<Name, Uuid>,
    /// Those that are being replaced and not revoked yet, the first to end first.
    pub overlaps: imbl::OrdSet<(Timestamp, Uuid)>,
    pub servers: imbl::OrdMap<Uuid, LiveServer>,
    pub revoked_tokens: imbl::HashMap<Arc<str>, RevokedToken>,
    pub(super) audiences: imbl::HashMap<ServerAudience, Uuid>,
    pub registry_tokens: imbl::OrdMap<Uuid, Arc<RegistryRefreshToken>>,
    pub(super) token_digests: imbl::HashMap<SecretDigest, Uuid>,
    pub(super) registry_token_digests: imbl::HashMap<SecretDigest, Uuid>,
}

#[derive(Clone)]
pub struct LiveServer {
    pub record: Arc<ResourceServer>,
    pub cut: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    pub position: Position,
    /// When the token would have been over: nothing needs to be remembered then.
    pub forget_after: Timestamp,
}

/// An application credential, and from before which position its tokens are dead.
#[derive(Clone)]
pub struct Application {
    pub record: Arc<ApplicationCredential>,
    pub cut: Position,
}

/// Whoever may authenticate with an id and a key.
pub enum Client<'a> {
    Credential(&'a Arc<Credential>),
    Application(&'a Application),
    ResourceServer(&'a LiveServer),
}

impl Client<'_> {
    pub fn key_digest(&self) -> &SecretDigest {
        match self {
            Self::Credential(credential) => &credential.key_digest,
            Self::Application(application) => &application.record.key_digest,
            Self::ResourceServer(server) => &server.record.key_digest,
        }
    }
}

impl RealmView {
    pub fn new(record: Realm, issuer: Arc<str>, cut: Position) -> Self {
        Self {
            record: Arc::new(record),
            issuer,
            cut,
            keys: RealmKeys::default(),
            scopes: imbl::OrdMap::new(),
            resources: imbl::OrdMap::new(),
            groups: imbl::OrdMap::new(),
            members: imbl::OrdMap::new(),
            member_tokens: imbl::OrdMap::new(),
            applications: imbl::OrdMap::new(),
            credentials: imbl::HashMap::new(),
            live_names: imbl::HashMap::new(),
            overlaps: imbl::OrdSet::new(),
            servers: imbl::OrdMap::new(),
            revoked_tokens: imbl::HashMap::new(),
            audiences: imbl::HashMap::new(),
            registry_tokens: imbl::OrdMap::new(),
            token_digests: imbl::HashMap::new(),
            registry_token_digests: imbl::HashMap::new(),
        }
    }

    pub fn find_client(&self, id: Uuid) -> Option<Client<'_>> {
        let credential = self.credentials.get(&id).map(Client::Credential);
        let server = || self.servers.get(&id).map(Client::ResourceServer);
        credential.or_else(server).or_else(|| self.applications.get(&id).map(Client::Application))
    }

    pub fn find_server_by_audience(&self, audience: &str) -> Option<&LiveServer> {
        self.servers.get(self.audiences.get(audience)?)
    }

    pub fn find_member_token(&self, digest: &SecretDigest) -> Option<&Arc<MemberToken>> {
        self.member_tokens.get(self.token_digests.get(digest)?)
    }

    pub fn find_registry_token(&self, digest: &SecretDigest) -> Option<&Arc<RegistryRefreshToken>> {
        self.registry_tokens.get(self.registry_token_digests.get(digest)?)
    }

    /// Empty for one that is not known.
    pub fn name_of_client(&self, id: Uuid) -> String {
        let credential = self.credentials.get(&id).map(|known| known.name.to_string());
        let application = || self.applications.get(&id).map(|known| known.record.name.to_string());
        credential.or_else(application).unwrap_or_default()
    }

    pub fn find_member_by_email(&self, email: &str) -> Option<&Arc<Member>> {
        self.members.values().find(|member| member.email.as_str() == email)
    }

    pub fn is_suspended(&self) -> bool {
        self.record.suspended_at.is_some()
    }

    pub fn standing(&self) -> Standing {
        if self.is_suspended() { Standing::Dead } else { Standing::Live { cut: self.cut } }
    }

    pub fn credential_standing(&self, id: Uuid, now: Timestamp) -> Standing {
        match self.credentials.get(&id) {
            Some(credential) => credential.standing(now),
            None => self.application_standing(id, now),
        }
    }

    fn application_standing(&self, id: Uuid, now: Timestamp) -> Standing {
        let live = self.applications.get(&id).filter(|known| self.live_holder(known, now).is_some());
        live.map_or(Standing::Dead, |application| Standing::Live { cut: application.cut })
    }

    /// From before which its tokens are dead; the beginning for one that is not known.
    pub(super) fn position_of_cut(&self, application: Uuid) -> Position {
        self.applications.get(&application).map_or(Position::ZERO, |known| known.cut)
    }

    /// The owner of an application credential, if both live.
    pub fn live_holder(&self, application: &Application, now: Timestamp) -> Option<&Arc<Member>> {
        let lives = application.record.is_live(now);
        self.members.get(&application.record.member).filter(|member| lives && member.is_active())
    }

    /// What an application credential is worth now, its own life aside.
    pub fn scopes_of_application(&self, application: &ApplicationCredential) -> ScopeSet {
        let owner = self.members.get(&application.member);
        owner.map_or_else(ScopeSet::default, |owner| self.within(owner, &application.scopes))
    }

    /// What a member holds through groups; administrators hold what is registered besides.
    pub fn inherited_scopes(&self, member: &Member) -> ScopeSet {
        scopes_of(&self.groups, &member.groups, &[])
    }

    /// The issuer itself is the audience of realm-wide tokens, and stands as the realm does.
    pub fn audience_standing(&self, audience: &str) -> Standing {
        if audience == &*self.issuer {
            return self.standing();
        }
        self.find_server_by_audience(audience)
            .map_or(Standing::Dead, |server| Standing::Live { cut: server.cut })
    }

    /// Whether the register holds the scope, or the resource that it names offers the action.
    pub fn knows(&self, scope: &Scope) -> bool {
        match (scope.resource(), scope.action()) {
            (Some((kind, name)), Some(action)) => ResourceName::new(kind, name)
                .ok()
                .and_then(|name| self.resources.get(&name))
                .is_some_and(|resource| resource.offers(action)),
            _ => self.scopes.contains_key(scope),
        }
    }

    /// Whether the member may use, and hand out, the scope.
    pub fn holds(&self, member: &Member, scope: &Scope) -> bool {
        member.is_active()
            && if member.administers() {
                self.knows(scope)
            } else {
                self.inherited_scopes(member).covers(scope)
            }
    }

    /// What a personal access token is worth to a resource server now: nothing of `admin:` ever.
    pub fn effective_scopes_of(&self, token: &MemberToken, now: Timestamp) -> ScopeSet {
        match self.live_owner(token, now) {
            None => ScopeSet::default(),
            Some(owner) => self.within(owner, &token.scopes),
        }
    }

    /// What of the scopes their owner has now.
    pub fn within(&self, owner: &Member, scopes: &[Scope]) -> ScopeSet {
        let chosen = scopes.iter().filter(|scope| !BuiltInScope::reserves(scope));
        if !owner.is_active() {
            ScopeSet::default()
        } else if owner.administers() {
            chosen.filter(|scope| self.knows(scope)).cloned().collect()
        } else {
            chosen.cloned().collect::<ScopeSet>().intersection(&self.inherited_scopes(owner))
        }
    }

    /// The member as whom a token acts, if token and member both live.
    pub fn live_owner(&self, token: &MemberToken, now: Timestamp) -> Option<&Arc<Member>> {
        let lives = token.is_live(now) && !self.is_suspended();
        self.members.get(&token.member).filter(|member| lives && member.is_active())
    }
}
