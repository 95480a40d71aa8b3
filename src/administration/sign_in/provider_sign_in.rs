//! Signs in whom the realm's provider has identified, as `decide_sign_in` says.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{
    Acquaintance, Actor, AuditAction, Bound, Change, Description, EmailAddress, IdentityLink,
    IdentityLinkState, Key, LocalAccount, Member, MemberId, MemberState, MemberTokenId, Name, PersonClaims,
    Role, SignInDecision, SignInMethod, SignInRefusal, SignInSettings, Subject, decide_sign_in,
};

use crate::administration::error::AdministrationError;
use crate::administration::members;
use crate::administration::setting::{Administration, as_set};
use crate::administration::sign_in::identity_view::{identity_target, identity_view};
use crate::administration::sign_in::sessions::{
    NewSession, SignedIn, plan_end_of_provider_sessions, plan_session,
};
use crate::ledger::{Act, Asked, Caller, Plan, Scene, Unsettled};
use crate::snapshot::RealmView;
use crate::store::Decision;

pub struct ProviderSignIn<'a> {
    /// The settings with which the person was identified.
    pub settings: &'a SignInSettings,
    pub claims: &'a PersonClaims,
    /// The member who confirms a session; nobody else is signed in then.
    pub confirms: Option<MemberId>,
    /// What the member recognizes the session by.
    pub description: Description,
    /// The session of this browser, which ends.
    pub replaces: Option<MemberTokenId>,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

#[derive(Debug)]
pub enum AtProvider {
    SignedIn(SignedIn),
    /// An account holder can approve it now.
    NeedsApproval,
    Refused(SignInRefusal),
    /// Not the member who was to confirm who they are.
    SomebodyElse,
    /// The settings are others than those with which the sign-in began.
    SettingsChanged,
}

/// The subject of what a sign-in takes away: a role that no rule gives any more, and sessions.
const SUBJECT: Subject = Subject::Settings;

pub fn sign_in_at_provider(
    administration: &Administration,
    label: &RealmLabel,
    attempt: &ProviderSignIn<'_>,
) -> Result<Unsettled<AtProvider>, AdministrationError> {
    let act = Act {
        address: attempt.address.clone(),
        request_id: attempt.request_id.clone(),
        ..Act::local(label.clone(), Caller::Client)
    };
    administration.ledger.restrict(&act, &SUBJECT, Asked::Change, |scene| {
        let realm = scene.find_realm(label).filter(|realm| !realm.is_suspended());
        let realm = realm.ok_or(AdministrationError::NotFound("realm"))?;
        let settings = realm.sign_in_provider.as_ref().map(|provider| &provider.settings);
        let Some(settings) = settings.filter(|now| is_same_client(now, attempt.settings)) else {
            return Ok(Decision::Nothing(AtProvider::SettingsChanged));
        };
        SigningIn { administration, scene, act: &act, realm, attempt }.decide(settings)
    })
}

/// What follows if this person signs in now. Changes nothing.
pub fn would_sign_in(
    realm: &RealmView,
    settings: &SignInSettings,
    claims: &PersonClaims,
    now: Timestamp,
) -> SignInDecision {
    decide_sign_in(settings, claims, acquaintance(realm, claims, now))
}

fn is_same_client(one: &SignInSettings, other: &SignInSettings) -> bool {
    one.issuer == other.issuer && one.client_id == other.client_id
}

fn acquaintance<'a>(realm: &'a RealmView, claims: &PersonClaims, now: Timestamp) -> Acquaintance<'a> {
    let linked = realm.identities.find(&claims.identity).filter(|link| link.is_linked());
    if let Some(member) = linked.and_then(|link| realm.members.get(&link.member)) {
        return Acquaintance::Linked(member);
    }
    // Also by an address that is not verified: the person is refused, and not taken for a stranger.
    let stated = claims.email.as_ref().and_then(|email| match &email.verified {
        Some(verified) => Some(verified.clone()),
        None => email.shown.parse::<EmailAddress>().ok(),
    });
    match stated.and_then(|address| realm.find_member_by_email(address.as_str())) {
        Some(member) => Acquaintance::SameAddress { member, is_invited: is_invited(realm, member.id, now) },
        None => Acquaintance::Stranger,
    }
}

/// An invitation lets one identity in: the link that sets a password still works.
fn is_invited(realm: &RealmView, member: MemberId, now: Timestamp) -> bool {
    let account = realm.local_accounts.get(&member);
    let invitation = account.and_then(|account| account.invitation.as_ref());
    invitation.filter(|invitation| now < invitation.expires_at).is_some_and(|invitation| {
        let invited_at = invitation.expires_at.plus_seconds(-LocalAccount::INVITATION_SECONDS);
        let since = |link: &IdentityLink| matches!(link.state, IdentityLinkState::Linked { at, .. } if at >= invited_at);
        !realm.identities.of_member(member).any(|link| since(link))
    })
}

struct SigningIn<'a> {
    administration: &'a Administration,
    scene: &'a Scene<'a>,
    act: &'a Act,
    realm: &'a RealmView,
    attempt: &'a ProviderSignIn<'a>,
}

type Decided = Result<Decision<AtProvider>, AdministrationError>;

impl<'a> SigningIn<'a> {
    fn decide(&self, settings: &SignInSettings) -> Decided {
        let decision = would_sign_in(self.realm, settings, self.attempt.claims, self.scene.now);
        if let Some(confirms) = self.attempt.confirms
            && !matches!(&decision, SignInDecision::SignIn { member, .. } if *member == confirms)
        {
            return Ok(Decision::Nothing(match decision {
                SignInDecision::Refuse(refusal) => AtProvider::Refused(refusal),
                _ => AtProvider::SomebodyElse,
            }));
        }
        match decision {
            SignInDecision::SignIn { member, roles } => self.sign_in(self.member(member)?, roles, false),
            SignInDecision::Link { member, roles } => self.sign_in(self.member(member)?, roles, true),
            SignInDecision::Create { email, name, roles } => self.create(email, name, roles),
            SignInDecision::NeedsApproval { member } => self.request(self.member(member)?),
            SignInDecision::RemoveRoles { member } => self.remove_roles(self.member(member)?),
            SignInDecision::Refuse(refusal) => Ok(Decision::Nothing(AtProvider::Refused(refusal))),
        }
    }

    fn member(&self, id: MemberId) -> Result<&'a Member, AdministrationError> {
        self.realm.members.get(&id).map(|member| &**member).ok_or(AdministrationError::NotFound("member"))
    }

    fn plan_of(&self, member: &Member) -> Plan<'a> {
        Plan::new(self.scene, self.act, Actor::member(member.id, member.email.to_string()))
    }

    fn sign_in(&self, known: &Member, mut roles: Vec<Role>, links: bool) -> Decided {
        // Somebody must stay account holder, whatever the rules say.
        if members::is_last_holder(self.realm, known) {
            roles.push(Role::AccountHolder);
        }
        let mut plan = self.plan_of(known);
        let member = self.plan_roles(&mut plan, known, roles);
        if links {
            self.plan_link(&mut plan, &member);
        }
        self.begin(plan, &member)
    }

    fn create(&self, email: EmailAddress, name: Name, roles: Vec<Role>) -> Decided {
        self.scene.limits.check(Bound::MembersPerRealm, self.realm.members.len(), 1)?;
        let member = Member {
            id: self.scene.new_id(),
            email,
            name,
            roles: as_set(roles),
            groups: Vec::new(),
            state: MemberState::Active,
            created_at: self.scene.now,
            updated_at: self.scene.now,
        };
        let mut plan = self.plan_of(&member);
        let view = members::view_with(&member, Vec::new());
        plan.change(self.realm, Change::put(member.clone()));
        plan.event(AuditAction::MemberCreate, members::target(&view), None::<&()>, Some(&view));
        self.plan_link(&mut plan, &member);
        self.begin(plan, &member)
    }

    fn begin(&self, mut plan: Plan<'a>, member: &Member) -> Decided {
        let new = NewSession {
            method: SignInMethod::IdentityProvider,
            description: self.attempt.description.clone(),
            replaces: self.attempt.replaces,
        };
        let begun = plan_session(self.administration, self.scene, self.realm, &mut plan, (member, new))?;
        Ok(plan.decide(AtProvider::SignedIn(begun)))
    }

    /// Nobody is signed in without a role, and who was signed in by the provider is no longer.
    fn remove_roles(&self, known: &Member) -> Decided {
        let refused = AtProvider::Refused(SignInRefusal::NoRole);
        if members::is_last_holder(self.realm, known) {
            return Ok(Decision::Nothing(refused));
        }
        let mut plan = self.plan_of(known);
        self.plan_roles(&mut plan, known, Vec::new());
        plan_end_of_provider_sessions(self.realm, &mut plan, known, self.scene.now);
        Ok(plan.decide(refused))
    }

    fn plan_roles(&self, plan: &mut Plan<'a>, known: &Member, roles: Vec<Role>) -> Member {
        let roles = as_set(roles);
        if roles == known.roles {
            return known.clone();
        }
        let member = Member { roles, updated_at: self.scene.now, ..known.clone() };
        let view = |member| members::view(self.realm, member, self.scene.now);
        let (before, after) = (view(known), view(&member));
        plan.change(self.realm, Change::put(member.clone()));
        plan.event(AuditAction::MemberEdit, members::target(&after), Some(&before), Some(&after));
        member
    }

    fn plan_link(&self, plan: &mut Plan<'a>, member: &Member) {
        let by = plan.actor().clone();
        let link = self.link(member.id, IdentityLinkState::Linked { at: self.scene.now, by });
        let (target, view) = (identity_target(&link), identity_view(&link));
        plan.change(self.realm, Change::put(link));
        plan.event(AuditAction::IdentityLinkCreate, target, None::<&()>, Some(&view));
    }

    /// Asked again, it is the same request. The oldest ones of the member make room.
    fn request(&self, member: &Member) -> Decided {
        let now = self.scene.now;
        let known = self.realm.identities.find(&self.attempt.claims.identity);
        if known.is_some_and(|known| known.member == member.id && known.is_requested(now)) {
            return Ok(Decision::Nothing(AtProvider::NeedsApproval));
        }
        let mut plan = Plan::new(self.scene, self.act, Caller::server());
        let same = known.map(|known| known.id);
        let others = self.realm.identities.of_member(member.id);
        let others: Vec<_> = others.filter(|other| !other.is_linked() && Some(other.id) != same).collect();
        let surplus = (others.len() + 1).saturating_sub(IdentityLink::MAX_REQUESTS_PER_MEMBER);
        for (index, other) in others.into_iter().enumerate() {
            if index < surplus || !other.is_requested(now) {
                plan.change(self.realm, Change::Deleted(Key::IdentityLink(other.id)));
                let (target, before) = (identity_target(other), identity_view(other));
                plan.event(AuditAction::IdentityLinkDelete, target, Some(&before), None::<&()>);
            }
        }
        let expires_at = now.plus_seconds(IdentityLink::REQUEST_SECONDS);
        let link = self.link(member.id, IdentityLinkState::Requested { expires_at });
        let (target, view) = (identity_target(&link), identity_view(&link));
        plan.change(self.realm, Change::put(link));
        plan.event(AuditAction::IdentityLinkRequest, target, None::<&()>, Some(&view));
        Ok(plan.decide(AtProvider::NeedsApproval))
    }

    /// In place of a request of the same identity.
    fn link(&self, member: MemberId, state: IdentityLinkState) -> IdentityLink {
        let claims = self.attempt.claims;
        let known = self.realm.identities.find(&claims.identity);
        IdentityLink {
            id: known.map_or_else(|| self.scene.new_id(), |known| known.id),
            member,
            identity: claims.identity.clone(),
            name: claims.name.clone(),
            state,
            created_at: self.scene.now,
        }
    }
}
