//! What the provider says of who tried the settings, and what follows by the rules. Nothing is changed.

use claviger_console::{RuleFit, SignInTriedPage, Tone, TriedRule, role_name, text};
use serde_json::Value;

use crate::administration::{SignInClient, would_sign_in};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::realm_pages::organization::ENTRY;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::sign_in::{Identified, SignInFailure};
use claviger_domain::{Role, RuleVerdict, SignInDecision};

/// Claims of the protocol, which say nothing of the person.
const OF_PROTOCOL: [&str; 9] =
    ["nonce", "at_hash", "c_hash", "s_hash", "sid", "jti", "iat", "exp", "auth_time"];

/// The provider has not said who tried.
pub fn not_tried(visit: &Visit, failure: &SignInFailure) -> Answer {
    go_on(visit, visit.links().sign_in_settings(), Tone::Bad, &format!("Does not work: {failure}."))
}

pub fn tried(visit: &Visit, client: &SignInClient, identified: &Identified) -> Result<Answer, Stop> {
    visit.ensure_changes(ENTRY)?;
    let settings = &client.provider.settings;
    let decision = would_sign_in(&visit.session.realm, settings, &identified.claims, visit.now());
    let claims = identified.sent.iter().filter(|(name, _)| !OF_PROTOCOL.contains(&name.as_str()));
    let rules = settings.rules.iter().map(|rule| {
        let (claim, value) = rule.test.parts();
        let verdict = match rule.verdict(&identified.claims) {
            RuleVerdict::Fits => RuleFit::Fits,
            RuleVerdict::Differs => RuleFit::Differs,
            RuleVerdict::Absent => RuleFit::Absent,
        };
        TriedRule { claim: claim.to_owned(), value, role: role_name(rule.role), verdict }
    });
    let page = SignInTriedPage {
        frame: visit.frame(Some(ENTRY)),
        provider: settings.provider_name.to_string(),
        claims: claims.map(|(name, value)| (name.clone(), shown(value))).collect(),
        rules: rules.collect(),
        signs_in: matches!(
            decision,
            SignInDecision::SignIn { .. } | SignInDecision::Link { .. } | SignInDecision::Create { .. }
        ),
        outcome: outcome(visit, &decision),
    };
    visit.answer(&page)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn outcome(visit: &Visit, decision: &SignInDecision) -> String {
    let name = |id| {
        let member = visit.session.realm.members.get(id);
        member.map_or_else(|| "the member".to_owned(), |member| member.email.to_string())
    };
    match decision {
        SignInDecision::SignIn { member, roles } => {
            format!("This person signs in as {}: {}.", name(member), named(roles))
        }
        SignInDecision::Link { member, roles } => {
            format!(
                "This person was invited, and is {} from the first sign-in on: {}.",
                name(member),
                named(roles)
            )
        }
        SignInDecision::Create { email, roles, .. } => {
            format!("{email} becomes a member at the first sign-in: {}.", named(roles))
        }
        SignInDecision::NeedsApproval { member } => {
            format!("An Account Holder must approve once that this person is {}.", name(member))
        }
        SignInDecision::RemoveRoles { member } => {
            format!("No rule fits: {} loses every role, and does not sign in.", name(member))
        }
        SignInDecision::Refuse(refusal) => format!("This person does not sign in: {refusal}."),
    }
}

fn named(roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().map(|role| role_name(*role).to_owned()).collect();
    text::listed(&names)
}
