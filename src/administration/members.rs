//! Members and their roles.

use claviger_api::{MemberEdit, MemberIdentity, MemberStatus, MemberView, NewMember};
use claviger_contract::Timestamp;

use crate::administration::bounds::ListBounds;
use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::{Administration, Reading};
use crate::administration::setting::{
    as_set, authorized, authorized_to_make, check_groups, ensure_current, ensure_held,
};
use crate::administration::sign_in::identity_view::identities_of;
use crate::ledger::{Act, Asked, Denied, Plan, Right, Unsettled};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{
    AuditAction, AuditTarget, Bound, Change, Member, MemberId, MemberState, Role, Subject, TargetKind,
    effective_scopes,
};

impl Listable for MemberView {
    const LIST: Shape = Shape {
        sorts: &["email", "name", "created_at"],
        default_sort: "created_at",
        statuses: MemberStatus::NAMES,
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "email" => self.email.to_string(),
            "name" => self.name.to_string(),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: self.status.as_str(),
            searched: vec![self.email.to_string(), self.name.to_string(), self.id.to_string()],
        }
    }
}

pub fn create_member(
    administration: &Administration,
    act: &Act,
    new: NewMember,
) -> Result<MemberView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        if realm.find_member_by_email(new.email.as_str()).is_some() {
            return Err(AdministrationError::Conflict(format!("{} is already a member", new.email)));
        }
        let member = Member {
            id: scene.new_id(),
            email: new.email,
            name: new.name,
            roles: as_set(new.roles),
            groups: as_set(new.groups),
            state: MemberState::Active,
            created_at: scene.now,
            updated_at: scene.now,
        };
        check(realm, act, None, &member, scene.now)?;
        ListBounds::of(&scene.limits).groups(0, &member.groups).check()?;
        scene.limits.check(Bound::MembersPerRealm, realm.members.len(), 1)?;
        let view = view_with(&member, Vec::new());
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(member));
        plan.event(AuditAction::MemberCreate, target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

/// A removed role or group no longer counts at the next use of the member's tokens.
pub fn edit_member(
    administration: &Administration,
    act: &Act,
    id: MemberId,
    edit: MemberEdit,
) -> Result<Unsettled<MemberView>, AdministrationError> {
    let subject = Subject::Member(id);
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.members.get(&id).ok_or(AdministrationError::NotFound("member"))?;
        let member = Member {
            name: edit.name.unwrap_or_else(|| known.name.clone()),
            roles: edit.roles.map_or_else(|| known.roles.clone(), as_set),
            groups: edit.groups.map_or_else(|| known.groups.clone(), as_set),
            updated_at: scene.now,
            ..(**known).clone()
        };
        check(realm, act, Some(known), &member, scene.now)?;
        ListBounds::of(&scene.limits).groups(known.groups.len(), &member.groups).check()?;
        let (before, after) = (view(realm, known, scene.now), view(realm, &member, scene.now));
        let is_same = (Member { updated_at: known.updated_at, ..member.clone() }) == **known;
        let change = (!is_same).then_some(Change::put(member));
        let (action, target) = (AuditAction::MemberEdit, target(&after));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

/// Ends everything the member owns. Service credentials that they created belong to the realm, and stay.
pub fn disable_member(
    administration: &Administration,
    act: &Act,
    id: MemberId,
) -> Result<Unsettled<MemberView>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::Member(id), Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.members.get(&id).ok_or(AdministrationError::NotFound("member"))?;
        if !known.is_active() {
            return Ok(Decision::Nothing(view(realm, known, scene.now)));
        }
        let state = MemberState::Disabled { at: scene.now };
        let member = Member { state, updated_at: scene.now, ..(**known).clone() };
        check(realm, act, Some(known), &member, scene.now)?;
        let (before, after) = (view(realm, known, scene.now), view(realm, &member, scene.now));
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(member));
        plan.event(AuditAction::MemberDisable, target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// The member can sign in again with a new token. Everything that it owned before stays revoked, because it was disabled
/// for a reason.
pub fn enable_member(
    administration: &Administration,
    act: &Act,
    id: MemberId,
) -> Result<MemberView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.members.get(&id).ok_or(AdministrationError::NotFound("member"))?;
        let before = view(realm, known, scene.now);
        if known.is_active() {
            return Ok(Decision::Nothing(before));
        }
        let member = Member { state: MemberState::Active, updated_at: scene.now, ..(**known).clone() };
        check(realm, act, Some(known), &member, scene.now)?;
        let after = view(realm, &member, scene.now);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(
            realm,
            Change::MemberEnabled { id, roles: member.roles, groups: member.groups, at: scene.now },
        );
        plan.event(AuditAction::MemberEnable, target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(committed.outcome)
}

pub fn find_member(
    administration: &Administration,
    act: &Act,
    id: MemberId,
) -> Result<MemberView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let member = reading.realm.members.get(&id).ok_or(AdministrationError::NotFound("member"))?;
    Ok(view(&reading.realm, member, reading.now))
}

/// In order of creation.
pub fn list_members(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<MemberView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let Reading { realm, now } = reading;
    Ok(realm.members.values().map(|member| view(&realm, member, now)).collect())
}

fn is_holder(member: &Member) -> bool {
    member.is_active() && member.has_role(Role::AccountHolder)
}

/// Whether the realm would have no active account holder without this one.
pub(super) fn is_last_holder(realm: &RealmView, member: &Member) -> bool {
    is_holder(member) && !realm.members.values().any(|other| other.id != member.id && is_holder(other))
}

fn check(
    realm: &RealmView,
    act: &Act,
    before: Option<&Member>,
    after: &Member,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    check_groups(realm, &after.groups, &mut errors);
    AdministrationError::unless_empty(errors)?;
    let caller = act.caller.find_member(realm, now)?;
    let appoints = caller.is_none_or(|member| member.has_role(Role::AccountHolder));
    let concerns_holder = before.is_some_and(|member| member.has_role(Role::AccountHolder))
        || after.has_role(Role::AccountHolder);
    if concerns_holder && !appoints {
        return Err(Denied::MissingRole(
            "account_holder: only an account holder may appoint, change or disable an account holder",
        )
        .into());
    }
    if before.is_some_and(|before| is_last_holder(realm, before)) && !is_holder(after) {
        return Err(AdministrationError::Conflict(
            "this is the last account holder: appoint another one first".to_owned(),
        ));
    }
    let groups = after.groups.iter().filter_map(|name| realm.groups.get(name)).map(|group| &**group);
    ensure_held(realm, &act.caller, &effective_scopes(groups, &[]), now)
}

pub(super) fn view(realm: &RealmView, member: &Member, now: Timestamp) -> MemberView {
    view_with(member, identities_of(realm, member.id, now))
}

pub(super) fn view_with(member: &Member, identities: Vec<MemberIdentity>) -> MemberView {
    let (status, disabled_at) = match member.state {
        MemberState::Active => (MemberStatus::Active, None),
        MemberState::Disabled { at } => (MemberStatus::Disabled, Some(at)),
    };
    MemberView {
        id: member.id,
        email: member.email.clone(),
        name: member.name.clone(),
        roles: member.roles.clone(),
        groups: member.groups.clone(),
        identities,
        status,
        disabled_at,
        created_at: member.created_at,
        updated_at: member.updated_at,
    }
}

pub(super) fn target(view: &MemberView) -> AuditTarget {
    AuditTarget { kind: TargetKind::Member, id: view.id.to_string(), name: view.email.to_string() }
}
