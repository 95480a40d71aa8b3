//! Who acts and what they may do, checked at commit against the state there.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::snapshot::RealmView;
use claviger_domain::{
    Actor, ActorKind, AdminScope, AdminScopes, BuiltInScope, Member, MemberId, MemberTokenId,
    ServiceCredentialId,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A member of the realm, by a personal access token.
    Member { member: MemberId, token: MemberTokenId },
    /// A service credential that may administer, in one operation, which needs the scope.
    Credential { id: ServiceCredentialId, needs: AdminScope, presented: AdminScopes },
    /// A client, which may only revoke its own tokens.
    Client,
    /// The operator of the machine, through a command that opens the database.
    Operator,
    /// This server, for scheduled acts that have become due. It may do nothing else.
    Server,
}

/// The member as whom a token acts, and the token's `admin:` scopes.
type Acting = (Arc<Member>, Vec<BuiltInScope>);

/// The permission that an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To read the realm's objects.
    Read,
    /// To change the realm's objects.
    Manage,
    /// To read oneself and one's own objects.
    ReadOwn,
    /// To change one's own objects.
    ManageOwn,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Expired, revoked, or its member was disabled after the request arrived.
    #[error("the token is no longer active")]
    TokenOver,
    #[error("the realm's setting administrative_credentials is off: service credentials cannot administer")]
    AdministrativeCredentialsOff,
    #[error("a service credential cannot change what has scopes of the administration API")]
    AdministrativeObject,
    #[error("the token lacks the scope {0}")]
    MissingScope(&'static str),
    #[error("this requires the role {0}")]
    MissingRole(&'static str),
    #[error("{0}")]
    NotHeld(String),
}

impl Right {
    const fn scope(self) -> BuiltInScope {
        match self {
            Self::Read | Self::ReadOwn => BuiltInScope::AdminRead,
            Self::Manage | Self::ManageOwn => BuiltInScope::AdminReadUpdate,
        }
    }
}

impl Caller {
    /// Distinguishes the attempts of different callers.
    pub fn as_text(&self) -> String {
        match self {
            Self::Member { member, .. } => member.to_string(),
            Self::Credential { id, .. } => id.to_string(),
            Self::Client => "client".to_owned(),
            Self::Operator => "operator".to_owned(),
            Self::Server => "server".to_owned(),
        }
    }

    /// The actor that the audit trail names for the operator of the machine.
    pub fn operator() -> Actor {
        Actor { kind: ActorKind::Operator, id: None, name: "operator of the machine".to_owned() }
    }

    /// The actor that the audit trail names for this server.
    pub fn server() -> Actor {
        Actor { kind: ActorKind::Server, id: None, name: "claviger".to_owned() }
    }

    /// The acting party, if permitted.
    pub fn authorize(&self, realm: &RealmView, right: Right, now: Timestamp) -> Result<Actor, Denied> {
        if let Self::Credential { id, needs, presented } = self {
            return credential(realm, *id, (*needs, *presented), right, now);
        }
        let Some((member, scopes)) = self.member(realm, now)? else {
            return Ok(Self::operator());
        };
        let needed = right.scope();
        if !scopes.contains(&needed) && !scopes.contains(&BuiltInScope::AdminReadUpdate) {
            return Err(Denied::MissingScope(needed.as_str()));
        }
        match right {
            Right::Read if !member.audits() => {
                Err(Denied::MissingRole("account_holder, sys_admin or auditor"))
            }
            Right::Manage if !member.administers() => Err(Denied::MissingRole("account_holder or sys_admin")),
            _ => Ok(Actor::member(member.id, member.email.to_string())),
        }
    }

    /// Whether objects that need this scope may be shown beside those of the operation. `None`: no service credential
    /// reads them. Members need no scope.
    pub fn may_read(&self, needed: Option<AdminScope>) -> bool {
        match self {
            Self::Credential { presented, .. } => needed.is_some_and(|needed| presented.covers(needed)),
            _ => true,
        }
    }

    pub fn is_credential(&self) -> bool {
        matches!(self, Self::Credential { .. })
    }

    /// No credential extends or ends what another one may administer, nor what it may itself.
    pub fn ensure_may_manage(&self, admin_scopes: AdminScopes) -> Result<(), Denied> {
        match self.is_credential() && !admin_scopes.is_empty() {
            true => Err(Denied::AdministrativeObject),
            false => Ok(()),
        }
    }

    /// `None` for the operator.
    pub fn find_member(&self, realm: &RealmView, now: Timestamp) -> Result<Option<Arc<Member>>, Denied> {
        Ok(self.member(realm, now)?.map(|(member, _)| member))
    }

    fn member(&self, realm: &RealmView, now: Timestamp) -> Result<Option<Acting>, Denied> {
        let (member, token) = match self {
            Self::Member { member, token } => (member, token),
            Self::Credential { .. } | Self::Client | Self::Server => {
                return Err(Denied::MissingRole("member"));
            }
            Self::Operator => return Ok(None),
        };
        let token = realm.member_tokens.get(token).ok_or(Denied::TokenOver)?;
        let owner =
            realm.live_owner(token, now).filter(|owner| owner.id == *member).ok_or(Denied::TokenOver)?;
        Ok(Some((owner.clone(), token.scopes.iter().filter_map(BuiltInScope::parse).collect())))
    }
}

/// A credential that is active, may administer in this realm, and holds the scope now and in its token.
fn credential(
    realm: &RealmView,
    id: ServiceCredentialId,
    (needs, presented): (AdminScope, AdminScopes),
    right: Right,
    now: Timestamp,
) -> Result<Actor, Denied> {
    if !realm.record.settings.administrative_credentials {
        return Err(Denied::AdministrativeCredentialsOff);
    }
    let known = realm.credentials.get(&id).filter(|known| known.is_live(now) && !realm.is_suspended());
    let known = known.ok_or(Denied::TokenOver)?;
    match right {
        Right::ManageOwn => return Err(Denied::MissingRole("member")),
        Right::Manage if !needs.writes() => return Err(Denied::MissingScope(needs.as_str())),
        Right::Read | Right::ReadOwn | Right::Manage => {}
    }
    if !known.admin_scopes.covers(needs) || !presented.covers(needs) {
        return Err(Denied::MissingScope(needs.as_str()));
    }
    Ok(Actor::client(id.widen(), known.name.to_string()))
}
