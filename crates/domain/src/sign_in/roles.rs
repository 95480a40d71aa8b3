//! Which roles the rules give.

use crate::records::role::Role;
use crate::sign_in::claims::PersonClaims;
use crate::sign_in::rule::{RoleRule, RuleVerdict};

/// The roles of a person who has `present` ones, none if unknown.
///
/// The first rule that fits gives its role and takes all others; if none fits, there is no role. What the provider says
/// nothing about changes nothing: as long as a rule before the one that fits reads an absent claim, present roles stay,
/// except one whose rules all read claims that are there and differ. A person without a role that stays gets the weakest
/// role that the rules may mean. Without any rule, roles are what administrators have given.
pub fn roles_by_rules(rules: &[RoleRule], claims: &PersonClaims, present: &[Role]) -> Vec<Role> {
    if rules.is_empty() {
        return present.to_vec();
    }
    let (mut lost, mut open, mut fitting) = (Vec::new(), Vec::new(), None);
    for rule in rules {
        match rule.verdict(claims) {
            RuleVerdict::Fits => fitting = Some(rule.role),
            RuleVerdict::Differs => lost.push(rule.role),
            RuleVerdict::Absent => open.push(rule.role),
        }
        if fitting.is_some() {
            break;
        }
    }
    if open.is_empty() {
        return fitting.into_iter().collect();
    }
    let stays = |role: &Role| open.contains(role) || fitting == Some(*role) || !lost.contains(role);
    let kept: Vec<Role> = present.iter().copied().filter(stays).collect();
    if !kept.is_empty() {
        return kept;
    }
    // Roles are ordered from the strongest to the weakest.
    fitting.into_iter().map(|fitting| open.iter().copied().fold(fitting, Ord::max)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::claims::ProviderIdentity;
    use Role::{AccountHolder, Auditor, Member, SysAdmin};
    use RuleVerdict::{Absent, Differs, Fits};
    use serde_json::json;

    const VERDICTS: [RuleVerdict; 3] = [Fits, Differs, Absent];

    /// One rule for each role, whose claims have these verdicts. Groups are one claim, so each rule reads another one.
    fn scene(given: [(Role, RuleVerdict); 3]) -> (Vec<RoleRule>, PersonClaims) {
        let mut claims = json!({});
        for (index, (name, fit)) in
            [("groups", json!("g")), ("email", json!("a@b.example")), ("tid", json!("t"))]
                .into_iter()
                .enumerate()
        {
            match given[index].1 {
                Fits => claims[name] = fit,
                Differs => claims[name] = json!("other@c.example"),
                Absent => {}
            }
        }
        claims["email_verified"] = json!(true);
        let rule = |test: serde_json::Value, role: Role| {
            let mut rule = test;
            rule["role"] = json!(role);
            serde_json::from_value::<RoleRule>(rule).expect("a rule")
        };
        let rules = vec![
            rule(json!({"claim": "group", "value": "g"}), given[0].0),
            rule(json!({"claim": "email", "value": "a@b.example"}), given[1].0),
            rule(json!({"claim": "tenant", "value": "t"}), given[2].0),
        ];
        let identity = ProviderIdentity {
            issuer: "https://id.example".parse().expect("an issuer"),
            subject: "1".parse().expect("a subject"),
        };
        let groups = "groups".parse().expect("a name");
        let claims = PersonClaims::read(identity, claims.as_object().expect("an object"), &groups);
        for (rule, (_, verdict)) in rules.iter().zip(given) {
            assert_eq!(rule.verdict(&claims), verdict);
        }
        (rules, claims)
    }

    /// Every order of roles, verdict of three rules, and set of present roles.
    fn for_every_case(check: impl Fn([(Role, RuleVerdict); 3], &[Role], &[Role])) {
        for roles in (0..64).map(|n| [n % 4, n / 4 % 4, n / 16].map(|n: usize| Role::ALL[n])) {
            for verdicts in (0..27).map(|n| [n % 3, n / 3 % 3, n / 9].map(|n: usize| VERDICTS[n])) {
                let given = [0, 1, 2].map(|n| (roles[n], verdicts[n]));
                let (rules, claims) = scene(given);
                for set in 0..16 {
                    let present: Vec<Role> =
                        (0..4).filter(|n| set & (1 << n) != 0).map(|n| Role::ALL[n]).collect();
                    check(given, &present, &roles_by_rules(&rules, &claims, &present));
                }
            }
        }
    }

    #[test]
    fn no_role_comes_from_nothing() {
        for_every_case(|given, present, roles| {
            let fitting = given.iter().find(|(_, verdict)| *verdict == Fits).map(|(role, _)| *role);
            for role in roles {
                let is_weaker = fitting.is_some_and(|fitting| *role >= fitting);
                assert!(present.contains(role) || is_weaker, "{given:?} {present:?} {roles:?}");
            }
        });
    }

    #[test]
    fn claims_that_are_all_there_decide_alone() {
        for_every_case(|given, present, roles| {
            let read =
                given.iter().position(|(_, verdict)| *verdict == Fits).map_or(3, |position| position + 1);
            if given[..read].iter().all(|(_, verdict)| *verdict != Absent) {
                let fitting: Vec<Role> = given
                    .iter()
                    .find(|(_, verdict)| *verdict == Fits)
                    .map(|(role, _)| *role)
                    .into_iter()
                    .collect();
                assert_eq!(roles, fitting, "{given:?} {present:?}");
            }
        });
    }

    #[test]
    fn absent_claims_change_nothing() {
        for_every_case(|given, present, roles| {
            if given.iter().all(|(_, verdict)| *verdict == Absent) {
                assert_eq!(roles, present, "{given:?}");
            }
        });
    }

    #[test]
    fn present_claim_that_differs_takes_the_role_that_only_it_could_give() {
        for_every_case(|given, present, roles| {
            for (role, verdict) in given {
                let other = given.iter().any(|(other, verdict)| *other == role && *verdict != Differs);
                if verdict == Differs && !other {
                    let read = given.iter().position(|(_, verdict)| *verdict == Fits).unwrap_or(3);
                    let is_read = given[..read].iter().any(|(other, _)| *other == role);
                    assert!(!is_read || !roles.contains(&role), "{given:?} {present:?} {roles:?}");
                }
            }
        });
    }

    #[test]
    fn typical_cases() {
        let typical = |verdicts: [RuleVerdict; 3]| {
            scene([(AccountHolder, verdicts[0]), (Auditor, verdicts[1]), (Member, verdicts[2])])
        };
        for (verdicts, present, expected) in [
            ([Fits, Fits, Fits], vec![], vec![AccountHolder]),
            ([Differs, Fits, Fits], vec![AccountHolder], vec![Auditor]),
            ([Differs, Differs, Differs], vec![AccountHolder], vec![]),
            // Groups of an overage: nobody is promoted or demoted by them.
            ([Absent, Differs, Fits], vec![], vec![Member]),
            ([Absent, Differs, Fits], vec![AccountHolder], vec![AccountHolder]),
            ([Absent, Differs, Fits], vec![Auditor], vec![Member]),
            ([Absent, Differs, Fits], vec![SysAdmin], vec![SysAdmin]),
            ([Absent, Absent, Absent], vec![], vec![]),
            ([Fits, Absent, Absent], vec![Member], vec![AccountHolder]),
            ([Differs, Absent, Fits], vec![AccountHolder], vec![Member]),
        ] {
            let (rules, claims) = typical(verdicts);
            assert_eq!(roles_by_rules(&rules, &claims, &present), expected, "{verdicts:?} {present:?}");
        }
        // A weaker exception in front of a strong rule is kept in mind.
        let (rules, claims) = scene([(Member, Absent), (SysAdmin, Fits), (Auditor, Differs)]);
        assert_eq!(roles_by_rules(&rules, &claims, &[]), [Member]);
        assert_eq!(roles_by_rules(&[], &claims, &[SysAdmin]), [SysAdmin], "administrators give roles");
        assert_eq!(roles_by_rules(&[], &claims, &[]), []);
    }
}
