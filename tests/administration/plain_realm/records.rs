//! Records with what matters here, and defaults for the rest.

use claviger_contract::{Position, Scope, Timestamp};
use claviger_domain::{
    Actor, ActorKind, ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, Group,
    Member, MemberId, MemberState, MemberToken, MemberTokenId, MemberTokenKind, MemberTokenState, Name,
    Resource, ResourceGrant, Role, SecretDigest, ServiceCredential, ServiceCredentialId, TokenLifetime,
    Validity,
};

pub const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

pub fn operator() -> Actor {
    Actor { kind: ActorKind::Operator, id: None, name: "test".to_owned() }
}

pub fn group(name: Name) -> Group {
    Group {
        name,
        description: "".parse().unwrap(),
        responsible: "".parse().unwrap(),
        scopes: Vec::new(),
        resources: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn resource(name: &str, actions: Vec<String>) -> Resource {
    let description = "".parse().unwrap();
    Resource { name: name.parse().unwrap(), description, actions, created_at: NOW, updated_at: NOW }
}

pub fn credential(
    id: ServiceCredentialId,
    index: usize,
    groups: Vec<Name>,
    resources: Vec<ResourceGrant>,
) -> ServiceCredential {
    ServiceCredential {
        id,
        name: format!("credential-{index}").parse().unwrap(),
        description: "".parse().unwrap(),
        key_digest: digest(index),
        validity: Validity::Never,
        token_lifetime: TokenLifetime::seconds(900).unwrap(),
        groups,
        resources,
        created_at: NOW,
        created_by: operator(),
        updated_at: NOW,
        updated_by: operator(),
        admin_scopes: claviger_domain::AdminScopes::default(),
        replaces: None,
        overlap_ends_at: None,
        revocation: None,
    }
}

pub fn member(id: MemberId, role: Role, groups: Vec<Name>, state: MemberState) -> Member {
    let email = format!("{}@acme.example", id.as_uuid().simple()).parse().unwrap();
    let name = "somebody".parse().unwrap();
    Member { id, email, name, roles: vec![role], groups, state, created_at: NOW, updated_at: NOW }
}

pub fn token(id: MemberTokenId, index: usize, member: MemberId, scopes: Vec<Scope>) -> MemberToken {
    MemberToken {
        id,
        kind: MemberTokenKind::ApiToken,
        member,
        description: "".parse().unwrap(),
        scopes,
        digest: digest(index),
        created_at: NOW,
        expires_at: NOW.plus_seconds(86_400),
        state: MemberTokenState::Active,
        sign_in: None,
        position: Position::ZERO,
    }
}

pub fn application(
    id: ApplicationCredentialId,
    member: MemberId,
    scopes: Vec<Scope>,
) -> ApplicationCredential {
    ApplicationCredential {
        id,
        member,
        name: format!("application-{}", id.as_uuid().simple()).parse().unwrap(),
        description: "".parse().unwrap(),
        key_digest: digest(1),
        scopes,
        created_at: NOW,
        updated_at: NOW,
        expires_at: None,
        state: ApplicationCredentialState::Active,
        replaces: None,
        overlap_ends_at: None,
    }
}

fn digest(index: usize) -> SecretDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.to_be_bytes());
    SecretDigest(bytes)
}
