//! The state of one realm at one position.

use std::sync::Arc;

use claviger_contract::{Liveness, Position, Scope, ScopeSet, Timestamp, grant_of};

use crate::snapshot::credential::{Credential, GrantedCredential};
use crate::snapshot::endings::holdings::RevokedToken;
use crate::snapshot::endings::holdings::{Ending, Holding, Holdings};
use crate::snapshot::endings::overlaps::Overlaps;
use crate::snapshot::feed::kept::Cuts;
use crate::snapshot::grant_sets::{GrantSets, scopes_of};
use crate::snapshot::index::Index;
use crate::snapshot::keys::RealmKeys;
use crate::snapshot::people::identities::Identities;
use crate::snapshot::resource_servers::ResourceServers;
use crate::snapshot::restrictions::Restrictions;
use crate::snapshot::vault::Vault;
use crate::snapshot::webhooks::Webhooks;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, BuiltInScope, ClientId,
    EmailAddress, Group, LocalAccount, Member, MemberId, MemberToken, MemberTokenId, MemberTokenKind, Name,
    Realm, RegistryRefreshToken, RegistryTokenId, Resource, ResourceName, ScopeEntry, SecretDigest,
    ServiceCredentialId, SignInProvider, Subject,
};

/// Cheap to clone: the maps share unchanged parts.
#[derive(Clone)]
pub struct RealmView {
    pub record: Arc<Realm>,
    /// `{public_url}/realms/{realm}`.
    pub issuer: Arc<str>,
    /// Audience of tokens for the administration API of the realm: `{public_url}/api/v1/realms/{realm}`.
    pub administration: Arc<str>,
    /// Realm-wide cut: tokens issued before it are invalid.
    pub cut: Position,
    pub keys: RealmKeys,
    pub scopes: imbl::OrdMap<Scope, Arc<ScopeEntry>>,
    pub resources: imbl::OrdMap<ResourceName, Arc<Resource>>,
    pub groups: imbl::OrdMap<Name, Arc<Group>>,
    pub members: imbl::OrdMap<MemberId, Arc<Member>>,
    pub member_tokens: imbl::OrdMap<MemberTokenId, Arc<MemberToken>>,
    pub local_accounts: imbl::OrdMap<MemberId, Arc<LocalAccount>>,
    pub identities: Identities,
    pub applications: imbl::OrdMap<ApplicationCredentialId, Application>,
    pub credentials: imbl::HashMap<ServiceCredentialId, Arc<Credential>>,
    pub(super) grant_sets: GrantSets,
    /// Names of credentials that are neither revoked nor being replaced.
    pub live_names: imbl::HashMap<Name, ServiceCredentialId>,
    /// Clients that are being replaced and not yet ended.
    pub overlaps: Overlaps,
    pub servers: ResourceServers,
    pub vault: Vault,
    pub webhooks: Webhooks,
    /// Where people sign in.
    pub sign_in_provider: Option<Arc<SignInProvider>>,
    pub revoked_tokens: imbl::HashMap<Arc<str>, RevokedToken>,
    pub restrictions: Restrictions,
    /// What ended lately, for those who check tokens offline.
    pub cuts: Cuts,
    pub registry_tokens: imbl::OrdMap<RegistryTokenId, Arc<RegistryRefreshToken>>,
    /// What each holder has, and when it ends.
    pub holdings: Holdings,
    pub(super) token_digests: imbl::HashMap<SecretDigest, MemberTokenId>,
    pub(super) registry_token_digests: imbl::HashMap<SecretDigest, RegistryTokenId>,
    /// Groups whose scopes or grants name the resource.
    pub(super) groups_by_resource: Index<ResourceName, Name>,
    pub(super) members_by_group: Index<Name, MemberId>,
    pub(super) members_by_email: imbl::OrdMap<EmailAddress, MemberId>,
    /// Members who hold all registered scopes.
    pub(super) administrators: imbl::OrdSet<MemberId>,
    pub(super) tokens_by_member: Index<MemberId, MemberTokenId>,
    pub(super) applications_by_member: Index<MemberId, ApplicationCredentialId>,
}

/// An application credential, and its cut: tokens issued before that position are invalid.
#[derive(Clone)]
pub struct Application {
    pub record: Arc<ApplicationCredential>,
    pub cut: Position,
}

/// Beside the issuer, below the same public URL.
fn administration_of(issuer: &str) -> Arc<str> {
    let (public_url, label) = issuer.rsplit_once("/realms/").unwrap_or((issuer, ""));
    format!("{public_url}/api/v1/realms/{label}").into()
}

impl RealmView {
    pub fn new(record: Realm, issuer: Arc<str>, cut: Position) -> Self {
        Self {
            record: Arc::new(record),
            administration: administration_of(&issuer),
            issuer,
            cut,
            keys: RealmKeys::default(),
            scopes: imbl::OrdMap::new(),
            resources: imbl::OrdMap::new(),
            groups: imbl::OrdMap::new(),
            members: imbl::OrdMap::new(),
            member_tokens: imbl::OrdMap::new(),
            local_accounts: imbl::OrdMap::new(),
            identities: Identities::default(),
            applications: imbl::OrdMap::new(),
            credentials: imbl::HashMap::new(),
            grant_sets: GrantSets::default(),
            live_names: imbl::HashMap::new(),
            overlaps: Overlaps::default(),
            servers: ResourceServers::default(),
            vault: Vault::default(),
            webhooks: Webhooks::default(),
            sign_in_provider: None,
            revoked_tokens: imbl::HashMap::new(),
            restrictions: Restrictions::default(),
            cuts: Cuts::since(cut),
            registry_tokens: imbl::OrdMap::new(),
            holdings: Holdings::default(),
            token_digests: imbl::HashMap::new(),
            registry_token_digests: imbl::HashMap::new(),
            groups_by_resource: Index::default(),
            members_by_group: Index::default(),
            members_by_email: imbl::OrdMap::new(),
            administrators: imbl::OrdSet::new(),
            tokens_by_member: Index::default(),
            applications_by_member: Index::default(),
        }
    }

    pub fn find_credential(&self, id: ServiceCredentialId) -> Option<GrantedCredential> {
        let credential = self.credentials.get(&id)?;
        let set = self.grant_sets.get(credential.held.set)?;
        let scopes = set.scopes(&self.groups).clone();
        Some(GrantedCredential::new(credential.clone(), set.clone(), scopes))
    }

    /// A personal access token or an API token: what may be presented as a token.
    pub fn find_member_token(&self, digest: &SecretDigest) -> Option<&Arc<MemberToken>> {
        self.find_secret_of_member(digest).filter(|token| token.kind != MemberTokenKind::Session)
    }

    /// A session of the console, which is no token.
    pub fn find_session(&self, digest: &SecretDigest) -> Option<&Arc<MemberToken>> {
        self.find_secret_of_member(digest).filter(|token| token.kind == MemberTokenKind::Session)
    }

    fn find_secret_of_member(&self, digest: &SecretDigest) -> Option<&Arc<MemberToken>> {
        self.member_tokens.get(self.token_digests.get(digest)?)
    }

    pub fn find_registry_token(&self, digest: &SecretDigest) -> Option<&Arc<RegistryRefreshToken>> {
        self.registry_tokens.get(self.registry_token_digests.get(digest)?)
    }

    /// Empty if the client is unknown.
    pub fn name_of_client(&self, id: ClientId) -> String {
        let credential = self.credentials.get(&id.for_lookup()).map(|known| known.name.to_string());
        let application =
            || self.applications.get(&id.for_lookup()).map(|known| known.record.name.to_string());
        credential.or_else(application).unwrap_or_default()
    }

    pub fn find_member_by_email(&self, email: &str) -> Option<&Arc<Member>> {
        self.members.get(self.members_by_email.get(email)?)
    }

    pub fn is_suspended(&self) -> bool {
        self.record.suspended_at.is_some()
    }

    pub fn is_deleted(&self) -> bool {
        self.record.deleted_at.is_some()
    }

    /// The position of the last restriction of the subject, if remembered. `None`: never, or long ago.
    pub fn last_restriction_of(&self, subject: &Subject) -> Option<Position> {
        let cut = |cut: Position| Some(cut).filter(|cut| self.restrictions.is_one(*cut));
        match subject {
            Subject::Credential(id) => {
                let revoked = self.credentials.get(id).and_then(|known| known.revoked);
                revoked.or_else(|| {
                    let cut = self.find_credential(*id).and_then(|known| cut(known.cut()));
                    self.restrictions.find(subject).max(cut)
                })
            }
            Subject::Application(id) => self.restrictions.find(subject).max(cut(self.position_of_cut(*id))),
            Subject::AccessToken(jti) => self.revoked_tokens.get(jti).map(|revoked| revoked.position),
            Subject::Realm if self.is_suspended() || self.is_deleted() => Some(self.cut),
            _ => self.restrictions.find(subject),
        }
    }

    /// The position of the last restriction in the whole realm.
    pub fn last_restriction(&self) -> Position {
        self.restrictions.last().max(self.cut)
    }

    /// The position of the last act that those who check tokens offline must know.
    pub fn last_told(&self) -> Position {
        self.last_restriction().max(self.cuts.last())
    }

    pub fn liveness(&self) -> Liveness {
        match self.is_suspended() || self.is_deleted() {
            true => Liveness::Ended,
            false => Liveness::Live { cut: self.cut },
        }
    }

    pub fn credential_liveness(&self, id: ClientId, now: Timestamp) -> Liveness {
        match self.credentials.get(&id.for_lookup()) {
            Some(credential) => {
                let set = self.grant_sets.get(credential.held.set);
                set.map_or(Liveness::Ended, |set| credential.liveness(set, now))
            }
            None => self.application_liveness(id.for_lookup(), now),
        }
    }

    /// Whether a credential of either kind was revoked, which is permanent.
    pub fn is_revoked(&self, id: ClientId) -> bool {
        let credential = self.credentials.get(&id.for_lookup()).is_some_and(|known| known.revoked.is_some());
        let application = || self.applications.get(&id.for_lookup()).map(|known| known.record.state);
        credential || matches!(application(), Some(ApplicationCredentialState::Revoked { .. }))
    }

    fn application_liveness(&self, id: ApplicationCredentialId, now: Timestamp) -> Liveness {
        let live = self.applications.get(&id).filter(|known| self.live_holder(known, now).is_some());
        live.map_or(Liveness::Ended, |application| Liveness::Live { cut: application.cut })
    }

    /// The revocation of a token, or of the grant that it belongs to.
    pub fn revocation_of(&self, jti: &str) -> Option<&RevokedToken> {
        let grant = || self.revoked_tokens.get(grant_of(jti)).filter(|_| grant_of(jti) != jti);
        self.revoked_tokens.get(jti).or_else(grant)
    }

    /// The cut of an application credential; zero if it is unknown.
    pub(super) fn position_of_cut(&self, application: ApplicationCredentialId) -> Position {
        self.applications.get(&application).map_or(Position::ZERO, |known| known.cut)
    }

    /// The owner of an application credential, if both are active.
    pub fn live_holder(&self, application: &Application, now: Timestamp) -> Option<&Arc<Member>> {
        let lives = application.record.is_live(now);
        self.members.get(&application.record.member).filter(|member| lives && member.is_active())
    }

    /// Live items of these kinds, of all holders.
    pub fn total_live(&self, kinds: &[Holding], now: Timestamp) -> usize {
        self.holdings.total_live(kinds, now, |ending| match ending {
            Ending::MemberToken(id) => self.member_tokens.get(id).map(|token| token.kind.into()),
            Ending::Application(_) => Some(Holding::Application),
            Ending::RegistryToken(_) => Some(Holding::RegistryToken),
            Ending::TokenRevocation(_) => Some(Holding::TokenRevocation),
            Ending::Credential(_) => None,
        })
    }

    /// The current scopes of an application credential, whether or not it is active.
    pub fn scopes_of_application(&self, application: &ApplicationCredential) -> ScopeSet {
        let owner = self.members.get(&application.member);
        owner.map_or_else(ScopeSet::default, |owner| self.within(owner, &application.scopes))
    }

    /// Scopes that a member holds through groups. Administrators also hold all registered scopes.
    pub fn inherited_scopes(&self, member: &Member) -> ScopeSet {
        scopes_of(&self.groups, &member.groups, &[])
    }

    /// The issuer is the audience of realm-wide tokens, and its status is that of the realm.
    pub fn audience_liveness(&self, audience: &str) -> Liveness {
        if audience == &*self.issuer || audience == &*self.administration {
            return self.liveness();
        }
        self.servers
            .find_by_audience(audience)
            .map_or(Liveness::Ended, |server| Liveness::Live { cut: server.cut })
    }

    /// Whether the scope is registered, or is an action offered by the resource it names.
    pub fn knows(&self, scope: &Scope) -> bool {
        match (scope.resource(), scope.action()) {
            (Some((kind, name)), Some(action)) => ResourceName::new(kind, name)
                .ok()
                .and_then(|name| self.resources.get(&name))
                .is_some_and(|resource| resource.offers(action)),
            _ => self.scopes.contains_key(scope),
        }
    }

    /// Whether the member may use and grant the scope.
    pub fn holds(&self, member: &Member, scope: &Scope) -> bool {
        member.is_active()
            && if member.administers() {
                self.knows(scope)
            } else {
                self.inherited_scopes(member).covers(scope)
            }
    }

    /// The current scopes of a member's token at a resource server, never including `admin:`. `None` if the token or
    /// its member is not active, or no scope is left.
    pub fn worth_of(&self, token: &MemberToken, now: Timestamp) -> Option<ScopeSet> {
        let scopes = self.within(self.live_owner(token, now)?, &token.scopes);
        (!scopes.is_empty()).then_some(scopes)
    }

    /// The scopes that the owner currently holds.
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

    /// Whether a registry refresh token is itself active. The token it was obtained with must be active too.
    pub fn admits_registry_token(&self, token: &RegistryRefreshToken, now: Timestamp) -> bool {
        token.is_live(now) && self.liveness().admits(token.position)
    }

    /// The member as whom a token acts, if token and member are both active.
    pub fn live_owner(&self, token: &MemberToken, now: Timestamp) -> Option<&Arc<Member>> {
        let lives = token.is_live(now) && self.liveness().admits(token.position);
        self.members.get(&token.member).filter(|member| lives && member.is_active())
    }
}
