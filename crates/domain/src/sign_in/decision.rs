//! What follows from what a provider says of a person.

use crate::records::member::{Member, MemberId};
use crate::records::names::{EmailAddress, Name};
use crate::records::role::Role;
use crate::sign_in::claims::PersonClaims;
use crate::sign_in::roles::roles_by_rules;
use crate::sign_in::settings::{Admission, SignInSettings};

/// As whom the realm knows a person.
#[derive(Clone, Copy, Debug)]
pub enum Acquaintance<'a> {
    /// No member has the identity, nor the e-mail address.
    Stranger,
    /// The member that the identity is linked with.
    Linked(&'a Member),
    /// The member of the same e-mail address. `is_invited`: an administrator has invited this address to sign in at the
    /// provider, and no identity has been linked with the member since.
    SameAddress { member: &'a Member, is_invited: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInDecision {
    /// The member is signed in. If its roles are others than these, they are changed first.
    SignIn {
        member: MemberId,
        roles: Vec<Role>,
    },
    /// As [`Self::SignIn`], and from now on the identity is that of the invited member.
    Link {
        member: MemberId,
        roles: Vec<Role>,
    },
    /// A new member of the identity.
    Create {
        email: EmailAddress,
        name: Name,
        roles: Vec<Role>,
    },
    /// An administrator must approve that the identity is that of the member. Until then nobody is signed in.
    NeedsApproval {
        member: MemberId,
    },
    /// The member loses its roles, and is not signed in.
    RemoveRoles {
        member: MemberId,
    },
    Refuse(SignInRefusal),
}

/// For the audit trail and administrators. People are told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefusal {
    #[error("no rule gives the person a role")]
    NoRole,
    #[error("the person is not invited")]
    NotInvited,
    #[error("the domain of the person is not allowed")]
    DomainNotAllowed,
    #[error("the provider does not say that it has verified the person's e-mail address")]
    EmailNotVerified,
    #[error("the member is disabled")]
    Disabled,
}

pub fn decide_sign_in(
    settings: &SignInSettings,
    claims: &PersonClaims,
    known: Acquaintance<'_>,
) -> SignInDecision {
    let decided = match known {
        Acquaintance::Linked(member) => decide_linked(settings, claims, member),
        Acquaintance::SameAddress { member, is_invited } => {
            decide_same_address(settings, claims, member, is_invited)
        }
        Acquaintance::Stranger => decide_stranger(settings, claims),
    };
    decided.unwrap_or_else(SignInDecision::Refuse)
}

fn decide_linked(
    settings: &SignInSettings,
    claims: &PersonClaims,
    member: &Member,
) -> Result<SignInDecision, SignInRefusal> {
    require_active(member)?;
    require_domain(settings, claims, true)?;
    let roles = roles_by_rules(&settings.rules, claims, &member.roles);
    match (roles.is_empty(), member.roles.is_empty()) {
        (false, _) => Ok(SignInDecision::SignIn { member: member.id, roles }),
        (true, false) => Ok(SignInDecision::RemoveRoles { member: member.id }),
        (true, true) => Err(SignInRefusal::NoRole),
    }
}

/// Until the identity is linked, it changes nothing of the member.
fn decide_same_address(
    settings: &SignInSettings,
    claims: &PersonClaims,
    member: &Member,
    is_invited: bool,
) -> Result<SignInDecision, SignInRefusal> {
    if claims.verified_email() != Some(&member.email) {
        return Err(SignInRefusal::EmailNotVerified);
    }
    require_active(member)?;
    require_domain(settings, claims, false)?;
    let roles = roles_by_rules(&settings.rules, claims, &member.roles);
    if roles.is_empty() {
        return Err(SignInRefusal::NoRole);
    }
    match is_invited {
        true => Ok(SignInDecision::Link { member: member.id, roles }),
        false => Ok(SignInDecision::NeedsApproval { member: member.id }),
    }
}

fn decide_stranger(
    settings: &SignInSettings,
    claims: &PersonClaims,
) -> Result<SignInDecision, SignInRefusal> {
    if settings.admission == Admission::Invited {
        return Err(SignInRefusal::NotInvited);
    }
    require_domain(settings, claims, false)?;
    let roles = roles_by_rules(&settings.rules, claims, &[]);
    if roles.is_empty() {
        return Err(SignInRefusal::NoRole);
    }
    match (claims.verified_email(), &claims.name) {
        (Some(email), Some(name)) => {
            Ok(SignInDecision::Create { email: email.clone(), name: name.clone(), roles })
        }
        _ => Err(SignInRefusal::EmailNotVerified),
    }
}

fn require_active(member: &Member) -> Result<(), SignInRefusal> {
    if member.is_active() { Ok(()) } else { Err(SignInRefusal::Disabled) }
}

/// `if_absent`: whether a person may sign in of whose domain the provider says nothing.
fn require_domain(
    settings: &SignInSettings,
    claims: &PersonClaims,
    if_absent: bool,
) -> Result<(), SignInRefusal> {
    let is_allowed = match claims.domain() {
        _ if settings.allowed_domains.is_empty() => true,
        None => if_absent,
        Some(domain) => domain.is_some_and(|domain| settings.allowed_domains.contains(&domain)),
    };
    if is_allowed { Ok(()) } else { Err(SignInRefusal::DomainNotAllowed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::member::MemberState;
    use crate::sign_in::claims::ProviderIdentity;
    use claviger_contract::Timestamp;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

    fn settings(admission: Admission, domains: &[&str]) -> SignInSettings {
        let settings = json!({
            "provider_name": "Acme SSO",
            "issuer": "https://id.example",
            "client_id": "claviger",
            "admission": admission,
            "allowed_domains": domains,
            "rules": [
                {"claim": "group", "value": "holders", "role": "account_holder"},
                {"claim": "group", "value": "all", "role": "member"},
            ],
        });
        serde_json::from_value(settings).expect("settings")
    }

    fn claims(value: Value) -> PersonClaims {
        let identity = ProviderIdentity {
            issuer: "https://id.example".parse().expect("an issuer"),
            subject: "1".parse().expect("a subject"),
        };
        PersonClaims::read(
            identity,
            value.as_object().expect("an object"),
            &"groups".parse().expect("a name"),
        )
    }

    fn ana(roles: &[Role], state: MemberState) -> Member {
        Member {
            id: MemberId::from_u128(7),
            email: "ana@acme.example".parse().expect("an address"),
            name: "Ana".parse().expect("a name"),
            roles: roles.to_vec(),
            groups: Vec::new(),
            state,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    /// Claims of Ana: her address is verified, unverified or absent; her groups differ, fit or are absent.
    fn every_claims() -> Vec<PersonClaims> {
        let mut all = Vec::new();
        for email in [
            json!({}),
            json!({"email": "ana@acme.example"}),
            json!({"email": "ana@acme.example", "email_verified": true}),
            json!({"email": "ana@other.example", "email_verified": true}),
        ] {
            for groups in [Value::Null, json!([]), json!(["all"]), json!(["all", "holders"])] {
                let mut whole = email.clone();
                whole["groups"] = groups;
                all.push(claims(whole));
            }
        }
        all
    }

    const STATES: [MemberState; 2] = [MemberState::Active, MemberState::Disabled { at: NOW }];
    const ROLES: [&[Role]; 4] =
        [&[], &[Role::Member], &[Role::AccountHolder], &[Role::AccountHolder, Role::Auditor]];

    /// Every setting, claims and acquaintance of the tables above.
    fn for_every_case(check: impl Fn(&SignInSettings, &PersonClaims, Acquaintance<'_>, &SignInDecision)) {
        for admission in [Admission::ByRule, Admission::Invited] {
            for domains in [&[][..], &["acme.example"]] {
                let settings = settings(admission, domains);
                for claims in every_claims() {
                    let decide = |known: Acquaintance<'_>| {
                        check(&settings, &claims, known, &decide_sign_in(&settings, &claims, known));
                    };
                    decide(Acquaintance::Stranger);
                    for state in STATES {
                        for roles in ROLES {
                            let member = ana(roles, state);
                            decide(Acquaintance::Linked(&member));
                            for is_invited in [true, false] {
                                decide(Acquaintance::SameAddress { member: &member, is_invited });
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nobody_gets_in_without_a_role() {
        for_every_case(|_, claims, known, decision| match decision {
            SignInDecision::SignIn { roles, .. }
            | SignInDecision::Link { roles, .. }
            | SignInDecision::Create { roles, .. } => {
                assert!(!roles.is_empty(), "{claims:?} {known:?}");
            }
            _ => {}
        });
    }

    #[test]
    fn nobody_becomes_a_member_uninvited_where_that_is_required_nor_without_a_verified_address() {
        for_every_case(|settings, claims, known, decision| {
            if let SignInDecision::Create { email, .. } = decision {
                assert!(matches!(known, Acquaintance::Stranger));
                assert_eq!(settings.admission, Admission::ByRule);
                assert_eq!(claims.verified_email(), Some(email));
            }
        });
    }

    #[test]
    fn existing_member_is_linked_only_by_verified_address_and_invitation() {
        for_every_case(|_, claims, known, decision| match (known, decision) {
            (Acquaintance::SameAddress { member, is_invited }, SignInDecision::Link { .. }) => {
                assert!(is_invited && claims.verified_email() == Some(&member.email));
            }
            (Acquaintance::SameAddress { member, is_invited }, SignInDecision::NeedsApproval { .. }) => {
                assert!(!is_invited && claims.verified_email() == Some(&member.email));
            }
            (Acquaintance::SameAddress { .. }, SignInDecision::Refuse(_)) => {}
            (Acquaintance::SameAddress { .. }, other) => panic!("{other:?}"),
            (_, SignInDecision::Link { .. } | SignInDecision::NeedsApproval { .. }) => {
                panic!("{known:?} {decision:?}")
            }
            _ => {}
        });
    }

    #[test]
    fn disabled_member_stays_outside_and_unchanged() {
        for_every_case(|_, _, known, decision| match known {
            Acquaintance::Linked(member) | Acquaintance::SameAddress { member, .. }
                if !member.is_active() =>
            {
                assert!(matches!(decision, SignInDecision::Refuse(_)), "{decision:?}");
            }
            _ => {}
        });
    }

    #[test]
    fn other_domains_stay_outside() {
        for_every_case(|settings, claims, known, decision| {
            let is_told_other = claims.domain().is_some_and(|domain| {
                domain.is_none_or(|domain| !settings.allowed_domains.contains(&domain))
            });
            if !settings.allowed_domains.is_empty() && is_told_other {
                assert!(matches!(decision, SignInDecision::Refuse(_)), "{claims:?} {known:?} {decision:?}");
            }
        });
    }

    #[test]
    fn typical_cases() {
        let open = settings(Admission::ByRule, &["acme.example"]);
        let member = ana(&[Role::AccountHolder], MemberState::Active);
        let verified = |groups: Value| {
            claims(
                json!({"email": "ana@acme.example", "email_verified": true, "name": "Ana S", "groups": groups}),
            )
        };
        let (id, email) = (member.id, member.email.clone());
        let stranger = Acquaintance::Stranger;
        let linked = Acquaintance::Linked(&member);
        let same = |is_invited| Acquaintance::SameAddress { member: &member, is_invited };
        let name = "Ana S".parse().expect("a name");
        let holder = vec![Role::AccountHolder];
        for (claims, known, expected) in [
            (
                verified(json!(["all"])),
                stranger,
                SignInDecision::Create { email, name, roles: vec![Role::Member] },
            ),
            (verified(json!(["x"])), stranger, SignInDecision::Refuse(SignInRefusal::NoRole)),
            (verified(Value::Null), stranger, SignInDecision::Refuse(SignInRefusal::NoRole)),
            (
                verified(json!(["all"])),
                linked,
                SignInDecision::SignIn { member: id, roles: vec![Role::Member] },
            ),
            (verified(json!([])), linked, SignInDecision::RemoveRoles { member: id }),
            (verified(Value::Null), linked, SignInDecision::SignIn { member: id, roles: holder.clone() }),
            (claims(json!({})), linked, SignInDecision::SignIn { member: id, roles: holder.clone() }),
            (claims(json!({})), stranger, SignInDecision::Refuse(SignInRefusal::DomainNotAllowed)),
            (verified(json!(["holders"])), same(true), SignInDecision::Link { member: id, roles: holder }),
            (verified(json!(["holders"])), same(false), SignInDecision::NeedsApproval { member: id }),
            (verified(json!([])), same(true), SignInDecision::Refuse(SignInRefusal::NoRole)),
        ] {
            assert_eq!(decide_sign_in(&open, &claims, known), expected, "{claims:?} {known:?}");
        }
        let closed = settings(Admission::Invited, &[]);
        let decided = decide_sign_in(&closed, &verified(json!(["all"])), stranger);
        assert_eq!(decided, SignInDecision::Refuse(SignInRefusal::NotInvited));
    }
}
