//! One of them, whatever its kind.

use claviger_api::{ApplicationCredentialView, MemberTokenView};
use claviger_console::{Lifecycle, TokenKind, UNUSED_DAYS};
use claviger_contract::{Scope, Timestamp};
use serde::Serialize;

use crate::administration::{
    Facts, Listable, Shape, end_key, find_application_credential, find_member_token,
    list_application_credentials, page_of_member_tokens, use_key,
};
use crate::http::console::stop::Stop;
use crate::http::console::tokens::kind::stop;
use crate::http::console::visit::Visit;
use claviger_domain::{
    BuiltInScope, Id, MemberId, MemberTokenKind, Query, Role, Status, TokenSort, first_end,
};

const DAY: i64 = 86_400;

#[derive(Serialize)]
pub struct Item {
    pub id: String,
    pub member: MemberId,
    /// The owner's name.
    pub owner: String,
    /// Of an application credential.
    pub name: String,
    pub description: String,
    pub scopes: Vec<Scope>,
    pub status: Status,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub overlap_ends_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// Sorts and searches as the lists of the API do, and searches owners.
impl Listable for Item {
    const LIST: Shape = Shape {
        sorts: MemberTokenView::LIST.sorts,
        default_sort: MemberTokenView::LIST.default_sort,
        statuses: &[],
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "expires_at" => end_key(self.ends_at()),
            "last_used_at" => use_key(self.last_used_at),
            _ => self.id.clone(),
        };
        let searched = [&self.name, &self.description, &self.owner, &self.id].map(Clone::clone).to_vec();
        Facts { id: self.id.clone(), key, status: self.status.as_str(), searched }
    }
}

/// Those that the member reads; of personal tokens only the own ones.
pub fn list(visit: &Visit, kind: TokenKind) -> Result<Vec<Item>, Stop> {
    let (administration, act) = (&visit.state.administration, visit.act());
    let items = match member_token_kind(kind) {
        Some(known) => {
            page_of_member_tokens(administration, &act, known, &everything(), kind == TokenKind::Personal)
                .map(|views| views.into_iter().map(|view| of_token(visit, view)).collect::<Vec<_>>())
        }
        None => list_application_credentials(administration, &act)
            .map(|views| views.into_iter().map(|view| of_application(visit, view)).collect()),
    };
    items.map_err(|error| stop(kind, error))
}

const fn everything() -> Query<TokenSort> {
    Query {
        sort: TokenSort::CreatedAt,
        descending: false,
        after: None,
        limit: usize::MAX,
        search: None,
        status: None,
        expires_before: None,
    }
}

/// The own one, or for those who read the realm anybody's.
pub fn find(visit: &Visit, kind: TokenKind, id: &str) -> Result<Item, Stop> {
    let (administration, act) = (&visit.state.administration, visit.act());
    let found = match member_token_kind(kind) {
        Some(known) => {
            find_member_token(administration, &act, known, parsed(id)?).map(|view| of_token(visit, view))
        }
        None => find_application_credential(administration, &act, parsed(id)?)
            .map(|view| of_application(visit, view)),
    };
    found.map_err(|error| stop(kind, error))
}

pub fn parsed<Kind>(id: &str) -> Result<Id<Kind>, Stop> {
    id.parse().map_err(|_| Stop::NotFound)
}

/// `None` for application credentials.
pub const fn member_token_kind(kind: TokenKind) -> Option<MemberTokenKind> {
    match kind {
        TokenKind::Api => Some(MemberTokenKind::ApiToken),
        TokenKind::Personal => Some(MemberTokenKind::PersonalAccessToken),
        TokenKind::Application => None,
    }
}

pub fn of_token(visit: &Visit, view: MemberTokenView) -> Item {
    Item {
        id: view.id.to_string(),
        member: view.member,
        owner: owner(visit, view.member),
        name: String::new(),
        description: view.description.to_string(),
        scopes: view.scopes,
        status: view.status,
        created_at: view.created_at,
        expires_at: Some(view.expires_at),
        overlap_ends_at: None,
        revoked_at: view.revoked_at,
        last_used_at: view.last_used_at,
    }
}

pub fn of_application(visit: &Visit, view: ApplicationCredentialView) -> Item {
    Item {
        id: view.id.to_string(),
        member: view.member,
        owner: owner(visit, view.member),
        name: view.name.to_string(),
        description: view.description.to_string(),
        scopes: view.scopes,
        status: view.status,
        created_at: view.created_at,
        expires_at: view.expires_at,
        overlap_ends_at: view.overlap_ends_at,
        revoked_at: view.revoked_at,
        last_used_at: view.last_used_at,
    }
}

/// As the use cases decide it: the own one, and for administrators anybody's but what an account holder owns, which account
/// holders alone change.
fn may_change(visit: &Visit, owner: MemberId) -> bool {
    let (caller, members) = (&visit.session.member, &visit.session.realm.members);
    let of_holder = members.get(&owner).is_some_and(|owner| owner.has_role(Role::AccountHolder));
    caller.id == owner || (caller.administers() && (!of_holder || caller.has_role(Role::AccountHolder)))
}

fn owner(visit: &Visit, id: MemberId) -> String {
    let known = visit.session.realm.members.get(&id);
    known.map_or_else(|| id.to_string(), |member| member.name.to_string())
}

impl Item {
    /// What pages call it; empty if it has neither name nor description.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.description } else { &self.name }
    }

    pub fn lifecycle(&self) -> Lifecycle {
        Lifecycle {
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            overlap_ends_at: self.overlap_ends_at,
            last_used_at: self.last_used_at,
        }
    }

    fn ends_at(&self) -> Option<Timestamp> {
        first_end(self.expires_at, self.overlap_ends_at)
    }

    /// Revoked by nobody: a suspension of its realm ended it.
    pub fn ended_with_realm(&self) -> bool {
        self.status == Status::Revoked && self.revoked_at.is_none()
    }

    pub fn is_own(&self, visit: &Visit) -> bool {
        self.member == visit.session.member.id
    }

    pub fn is_expiring(&self, before: Timestamp) -> bool {
        self.status == Status::Active && self.ends_at().is_some_and(|end| end < before)
    }

    pub fn is_unused(&self, now: Timestamp) -> bool {
        let used = self.last_used_at.unwrap_or(self.created_at);
        self.status == Status::Active && used <= now.plus_seconds(-UNUSED_DAYS * DAY)
    }

    pub fn is_revocable(&self, visit: &Visit) -> bool {
        self.status != Status::Revoked && may_change(visit, self.member)
    }

    pub fn is_editable(&self, visit: &Visit, kind: TokenKind) -> bool {
        kind.is_client() && self.status == Status::Active && may_change(visit, self.member)
    }

    /// Only its owner renews it, because the new key acts for the owner; and only once.
    pub fn is_renewable(&self, visit: &Visit, kind: TokenKind) -> bool {
        self.is_editable(visit, kind) && self.is_own(visit) && self.overlap_ends_at.is_none()
    }

    /// Each scope, and whether its owner holds it now.
    pub fn held_scopes(&self, visit: &Visit) -> Vec<(String, bool)> {
        let realm = &visit.session.realm;
        let owner = realm.members.get(&self.member);
        let holds = |scope: &Scope| {
            BuiltInScope::parse(scope).is_some() || owner.is_some_and(|owner| realm.holds(owner, scope))
        };
        self.scopes.iter().map(|scope| (scope.to_string(), holds(scope))).collect()
    }
}
