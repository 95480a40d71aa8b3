//! What each holder has, ordered by end. Counting does not look at other holders, and finding ended items does not look
//! at live ones.

use std::sync::Arc;

use claviger_contract::{Position, Timestamp};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, Client, ClientId, Id, Is,
    Member, MemberId, MemberToken, MemberTokenId, MemberTokenKind, MemberTokenState, RegistryRefreshToken,
    RegistryRefreshTokenState, RegistryTokenId, ServiceCredentialId, Used, UsedId,
};

/// The kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holding {
    ApiToken,
    PersonalAccessToken,
    Session,
    Application,
    RegistryToken,
    TokenRevocation,
}

/// The kind of ids of holders: a member, a client, or the token with which the item was obtained.
pub enum Holder {}

pub type HolderId = Id<Holder>;

impl Is<Holder> for Member {}
impl Is<Holder> for Client {}
impl Is<Holder> for Used {}

#[derive(Clone, Default)]
pub struct Holdings {
    /// The last part distinguishes items of one holder.
    by_holder: imbl::OrdSet<(Holding, HolderId, Timestamp, u128)>,
    /// Includes ended items until they are forgotten.
    remembered: imbl::HashMap<(Holding, HolderId), usize>,
    totals: imbl::OrdMap<Holding, usize>,
    by_end: imbl::OrdSet<(Timestamp, Ending)>,
}

/// A single revoked token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    pub position: Position,
    pub client_id: ClientId,
    /// The expiry of the token. The revocation can be forgotten after it.
    pub forget_after: Timestamp,
}

/// An item that ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    MemberToken(MemberTokenId),
    Application(ApplicationCredentialId),
    RegistryToken(RegistryTokenId),
    TokenRevocation(Arc<str>),
    /// A revoked service credential. An expired one keeps its name, and stays.
    Credential(ServiceCredentialId),
}

/// The end of items without one.
const NEVER: Timestamp = Timestamp::from_epoch_seconds(i64::MAX);

impl Holdings {
    /// Includes ended items until they are forgotten.
    pub fn remembered(&self, kind: Holding, holder: HolderId) -> usize {
        self.remembered.get(&(kind, holder)).copied().unwrap_or_default()
    }

    pub fn live(&self, kind: Holding, holder: HolderId, now: Timestamp) -> usize {
        self.live_items(kind, holder, now).count()
    }

    /// Those that end after `now`.
    pub fn live_applications(
        &self,
        owner: MemberId,
        now: Timestamp,
    ) -> impl Iterator<Item = ApplicationCredentialId> + '_ {
        self.live_items(Holding::Application, owner.widen(), now).map(Id::from_u128)
    }

    /// Those that end after `now`.
    pub fn live_registry_tokens(
        &self,
        holder: UsedId,
        now: Timestamp,
    ) -> impl Iterator<Item = RegistryTokenId> + '_ {
        self.live_items(Holding::RegistryToken, holder.widen(), now).map(Id::from_u128)
    }

    fn live_items(&self, kind: Holding, holder: HolderId, now: Timestamp) -> impl Iterator<Item = u128> + '_ {
        let from = (kind, holder, now.plus_seconds(1), 0);
        self.by_holder.range(from..=(kind, holder, NEVER, u128::MAX)).map(|(_, _, _, id)| *id)
    }

    /// Counts all holders, including ended items until they are forgotten.
    pub fn total(&self, kind: Holding) -> usize {
        self.totals.get(&kind).copied().unwrap_or_default()
    }

    /// Counts all kinds and holders, by the indexes.
    pub fn remembered_of_all(&self) -> usize {
        self.by_holder.len().max(self.by_end.len())
    }

    /// Counts all holders. The cost is proportional to the number of ended items not yet forgotten. `kind_of` says what
    /// kind of item ended.
    pub(in crate::snapshot) fn total_live(
        &self,
        kinds: &[Holding],
        now: Timestamp,
        kind_of: impl Fn(&Ending) -> Option<Holding>,
    ) -> usize {
        let ended = self.by_end.iter().take_while(|(end, _)| *end <= now);
        let ended = ended.filter(|(_, ending)| kind_of(ending).is_some_and(|kind| kinds.contains(&kind)));
        let all: usize = kinds.iter().map(|kind| self.total(*kind)).sum();
        all.saturating_sub(ended.count())
    }

    pub fn has_ended_before(&self, before: Timestamp) -> bool {
        self.by_end.get_min().is_some_and(|(end, _)| *end < before)
    }

    /// Takes the first item that ended before this, if any. The caller must forget it.
    pub(in crate::snapshot) fn take_first_ended_before(&mut self, before: Timestamp) -> Option<Ending> {
        let first = self.by_end.get_min().filter(|(end, _)| *end < before)?.clone();
        self.by_end.remove(&first);
        Some(first.1)
    }

    pub(in crate::snapshot) fn put_end(&mut self, end: Timestamp, ending: Ending) {
        self.by_end.insert((end, ending));
    }

    pub(in crate::snapshot) fn remove_end(&mut self, end: Timestamp, ending: Ending) {
        self.by_end.remove(&(end, ending));
    }

    fn put(&mut self, kind: Holding, holder: HolderId, end: Option<Timestamp>, id: u128, ending: Ending) {
        if self.by_holder.insert((kind, holder, end.unwrap_or(NEVER), id)).is_none() {
            *self.remembered.entry((kind, holder)).or_default() += 1;
            *self.totals.entry(kind).or_default() += 1;
        }
        if let Some(end) = end {
            self.put_end(end, ending);
        }
    }

    fn remove(&mut self, kind: Holding, holder: HolderId, end: Option<Timestamp>, id: u128, ending: Ending) {
        if self.by_holder.remove(&(kind, holder, end.unwrap_or(NEVER), id)).is_some() {
            let left = self.remembered(kind, holder).saturating_sub(1);
            match left {
                0 => drop(self.remembered.remove(&(kind, holder))),
                _ => drop(self.remembered.insert((kind, holder), left)),
            }
            self.totals.insert(kind, self.total(kind).saturating_sub(1));
        }
        if let Some(end) = end {
            self.remove_end(end, ending);
        }
    }
}

impl From<MemberTokenKind> for Holding {
    fn from(kind: MemberTokenKind) -> Self {
        match kind {
            MemberTokenKind::ApiToken => Self::ApiToken,
            MemberTokenKind::PersonalAccessToken => Self::PersonalAccessToken,
            MemberTokenKind::Session => Self::Session,
        }
    }
}

/// Each item is inserted or removed together with its record.
impl Holdings {
    pub(in crate::snapshot) fn put_member_token(&mut self, token: &MemberToken) {
        let end = Some(end_of_member_token(token));
        self.put(
            token.kind.into(),
            token.member.widen(),
            end,
            token.id.as_u128(),
            Ending::MemberToken(token.id),
        );
    }

    pub(in crate::snapshot) fn remove_member_token(&mut self, token: &MemberToken) {
        let end = Some(end_of_member_token(token));
        self.remove(
            token.kind.into(),
            token.member.widen(),
            end,
            token.id.as_u128(),
            Ending::MemberToken(token.id),
        );
    }

    pub(in crate::snapshot) fn put_application(&mut self, known: &ApplicationCredential) {
        let ending = Ending::Application(known.id);
        self.put(
            Holding::Application,
            known.member.widen(),
            end_of_application(known),
            known.id.as_u128(),
            ending,
        );
    }

    pub(in crate::snapshot) fn remove_application(&mut self, known: &ApplicationCredential) {
        let ending = Ending::Application(known.id);
        self.remove(
            Holding::Application,
            known.member.widen(),
            end_of_application(known),
            known.id.as_u128(),
            ending,
        );
    }

    pub(in crate::snapshot) fn put_registry_token(&mut self, token: &RegistryRefreshToken) {
        let (end, ending) = (Some(end_of_registry_token(token)), Ending::RegistryToken(token.id));
        self.put(Holding::RegistryToken, token.holder.id().widen(), end, token.id.as_u128(), ending);
    }

    pub(in crate::snapshot) fn remove_registry_token(&mut self, token: &RegistryRefreshToken) {
        let (end, ending) = (Some(end_of_registry_token(token)), Ending::RegistryToken(token.id));
        self.remove(Holding::RegistryToken, token.holder.id().widen(), end, token.id.as_u128(), ending);
    }

    /// A position identifies a revocation.
    pub(in crate::snapshot) fn put_revoked_token(&mut self, jti: &Arc<str>, revoked: &RevokedToken) {
        let (end, position) = (Some(revoked.forget_after), u128::from(revoked.position.as_u64()));
        let ending = Ending::TokenRevocation(jti.clone());
        self.put(Holding::TokenRevocation, revoked.client_id.widen(), end, position, ending);
    }

    pub(in crate::snapshot) fn remove_revoked_token(&mut self, jti: &Arc<str>, revoked: &RevokedToken) {
        let (end, position) = (Some(revoked.forget_after), u128::from(revoked.position.as_u64()));
        let ending = Ending::TokenRevocation(jti.clone());
        self.remove(Holding::TokenRevocation, revoked.client_id.widen(), end, position, ending);
    }
}

fn end_of_member_token(token: &MemberToken) -> Timestamp {
    match token.state {
        MemberTokenState::Revoked { at, .. } => at.min(token.expires_at),
        MemberTokenState::Active => token.expires_at,
    }
}

fn end_of_registry_token(token: &RegistryRefreshToken) -> Timestamp {
    match token.state {
        RegistryRefreshTokenState::Revoked { at, .. } => at.min(token.expires_at),
        RegistryRefreshTokenState::Active => token.expires_at,
    }
}

fn end_of_application(known: &ApplicationCredential) -> Option<Timestamp> {
    match known.state {
        ApplicationCredentialState::Revoked { at } => Some(known.ends_at().map_or(at, |end| end.min(at))),
        ApplicationCredentialState::Active => known.ends_at(),
    }
}
