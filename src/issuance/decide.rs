//! Decides what an authenticated client is granted of its request. Pure.

use claviger_contract::{
    MAX_GROUPS_BYTES, Position, PresentedToken, Scope, ScopeSet, Timestamp, group_bytes,
};

use crate::issuance::authenticate::AuthenticatedClient;
use crate::issuance::refusal::Refusal;
use crate::snapshot::RealmView;
use claviger_domain::{ApplicationCredential, ClientId, Name};

/// A token request without its client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    pub grant_type: Option<String>,
    pub scope: Option<String>,
    /// Values of `resource` and `audience`, which are treated alike.
    pub targets: Vec<String>,
    /// Only for `grant_type=refresh_token`.
    pub refresh_token: Option<PresentedToken>,
}

/// Permission to mint a token. Constructed only by [`decide`].
#[derive(Debug)]
pub struct Permit {
    pub(super) client_id: ClientId,
    pub(super) audience: String,
    pub(super) scopes: ScopeSet,
    pub(super) groups: Vec<String>,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) position: Position,
}

/// Maximum size of `scope` in a token, in bytes. Proxies and headers still carry this size.
pub const MAX_SCOPE_BYTES: usize = claviger_contract::MAX_SCOPE_BYTES;

/// Maximum number of groups named in a token.
const MAX_GROUPS: usize = 50;

/// What a client of any kind holds.
struct Grantee<'a> {
    scopes: ScopeSet,
    admin_scopes: ScopeSet,
    groups: &'a [Name],
    token_seconds: i64,
    ends_at: Option<Timestamp>,
}

impl<'a> Grantee<'a> {
    /// `None` for a client that may not request tokens.
    fn of(realm: &RealmView, client: &'a AuthenticatedClient) -> Option<Self> {
        if let Some(credential) = client.as_credential() {
            return Some(Self {
                scopes: credential.scopes().clone(),
                admin_scopes: credential.admin_scopes.as_scopes(),
                groups: credential.groups(),
                token_seconds: credential.token_lifetime.as_seconds(),
                ends_at: credential.ends_at(),
            });
        }
        let application = &client.as_application()?.record;
        Some(Self {
            scopes: realm.scopes_of_application(application),
            admin_scopes: ScopeSet::default(),
            groups: &[],
            token_seconds: ApplicationCredential::TOKEN_SECONDS,
            ends_at: application.ends_at(),
        })
    }
}

/// `position` is that of the snapshot that `realm` is from.
pub fn decide(
    realm: &RealmView,
    position: Position,
    client: &AuthenticatedClient,
    request: &TokenRequest,
    now: Timestamp,
) -> Result<Permit, Refusal> {
    let needed = "a service credential or an application credential";
    let unauthorized = Refusal::UnauthorizedClient { needed, kind: client.kind() };
    let grantee = Grantee::of(realm, client).ok_or(unauthorized)?;
    if realm.is_suspended() {
        return Err(Refusal::RealmSuspended);
    }
    let audience = audience(realm, &request.targets)?;
    let held = held(realm, &grantee, &audience)?;
    let scopes = scopes(realm, held, request.scope.as_deref())?;
    let end = now.plus_seconds(grantee.token_seconds);
    Ok(Permit {
        client_id: client.id(),
        audience,
        scopes,
        groups: named(grantee.groups),
        issued_at: now,
        expires_at: grantee.ends_at.map_or(end, |last| last.min(end)),
        position,
    })
}

/// A token for the administration API has nothing but `admin/` scopes, and no other token has them: a service that gets
/// a token cannot administer with it.
fn held<'g>(realm: &RealmView, grantee: &'g Grantee<'_>, audience: &str) -> Result<&'g ScopeSet, Refusal> {
    if audience != &*realm.administration {
        return Ok(&grantee.scopes);
    }
    if !realm.record.settings.administrative_credentials {
        return Err(Refusal::InvalidTarget("the realm's setting administrative_credentials is off"));
    }
    if grantee.admin_scopes.is_empty() {
        return Err(Refusal::InvalidTarget("this client has no scopes of the administration API"));
    }
    Ok(&grantee.admin_scopes)
}

/// The groups that fit into a token. Credentials of earlier versions may have more.
fn named(groups: &[Name]) -> Vec<String> {
    let mut left = MAX_GROUPS_BYTES;
    let fits = |name: &&Name| match left.checked_sub(group_bytes(name.as_str())) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    groups.iter().take(MAX_GROUPS).take_while(fits).map(ToString::to_string).collect()
}

/// The audience under which a refused request is counted: empty if it names none of the realm.
pub fn counted_audience(realm: Option<&RealmView>, request: &TokenRequest) -> String {
    realm.and_then(|realm| audience(realm, &request.targets).ok()).unwrap_or_default()
}

/// Without a target, the audience is the issuer, for the whole realm. A single target must be a registered audience
/// (RFC 8707 §2).
fn audience(realm: &RealmView, targets: &[String]) -> Result<String, Refusal> {
    let mut distinct: Vec<&String> = targets.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    match distinct.as_slice() {
        [] if realm.record.settings.require_resource => {
            Err(Refusal::InvalidTarget("this realm requires one audience, named by resource= or audience="))
        }
        [] => Ok(realm.issuer.to_string()),
        [one] if one.as_str() == &*realm.administration => Ok((*one).clone()),
        [one] if realm.servers.find_by_audience(one).is_some() => Ok((*one).clone()),
        [_] => Err(Refusal::InvalidTarget("no resource server of this realm has that audience")),
        _ => Err(Refusal::InvalidTarget("a token has one audience: request one at a time")),
    }
}

/// Without requested scopes, grants all held scopes. Otherwise grants exactly the requested ones or refuses.
fn scopes(realm: &RealmView, held: &ScopeSet, asked: Option<&str>) -> Result<ScopeSet, Refusal> {
    let scopes = match asked.filter(|text| !text.is_empty()) {
        None => held.clone(),
        Some(text) if text.bytes().all(|byte| byte == b' ') => {
            let description =
                "scope contains only spaces: name a scope, or omit it to get all granted scopes";
            return Err(Refusal::InvalidScope(description.to_owned()));
        }
        Some(text) => text
            .split(' ')
            .filter(|part| !part.is_empty())
            .map(|part| granted(realm, held, part))
            .collect::<Result<ScopeSet, Refusal>>()?,
    };
    if scopes.text_len() > MAX_SCOPE_BYTES {
        return Err(Refusal::InvalidScope(format!(
            "the scope would have {} bytes, and the maximum is {MAX_SCOPE_BYTES}: request fewer with scope=",
            scopes.text_len()
        )));
    }
    Ok(scopes)
}

fn granted(realm: &RealmView, held: &ScopeSet, text: &str) -> Result<Scope, Refusal> {
    let scope = Scope::parse_in(&realm.record.label, text)
        .map_err(|error| Refusal::InvalidScope(error.to_string()))?;
    if held.covers(&scope) {
        Ok(scope)
    } else {
        // The text consists only of scope characters, so it needs no escaping.
        Err(Refusal::InvalidScope(format!("{scope} is not granted to this client")))
    }
}
