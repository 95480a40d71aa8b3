//! Where people sign in, and with which role.

use askama::Template;
use claviger_domain::Role;

use crate::frame::{Frame, role_name};
use crate::page::page;
use crate::parts::{Choice, Faults};

#[derive(Template)]
#[template(path = "pages/realm/sign-in-settings.html")]
pub struct SignInSettingsPage {
    pub frame: Frame,
    /// Whether who looks may change them: an account holder.
    pub editable: bool,
    /// Whether they are saved.
    pub is_set: bool,
    pub provider_name: String,
    pub issuer: String,
    pub client_id: String,
    /// Whether there is a client secret, which stays if none is typed.
    pub keeps_secret: bool,
    /// Whether a secret was typed that has to be typed again.
    pub secret_lost: bool,
    pub public_client: bool,
    pub groups_claim: String,
    /// Separated by spaces.
    pub allowed_domains: String,
    /// `invited` or `by_rule`.
    pub admission: String,
    /// In order.
    pub rules: Vec<RuleRow>,
    /// To be registered at the provider.
    pub redirect_uri: String,
    /// Of the settings that are changed; empty if there are none.
    pub etag: String,
    pub faults: Faults,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleRow {
    pub claim: String,
    pub value: String,
    pub role: String,
}

impl SignInSettingsPage {
    /// A form has at most 100 fields, and a rule has three.
    pub const MAX_RULES: usize = 28;

    /// More rules are changed by the command line.
    fn has_form(&self) -> bool {
        self.editable && self.rules.len() <= Self::MAX_RULES
    }

    fn title(&self) -> &'static str {
        "Sign-in of people"
    }

    fn claims(rule: &RuleRow) -> Vec<Choice> {
        let choice = |(value, title): (&str, &str)| Choice {
            value: value.to_owned(),
            title: title.to_owned(),
            chosen: rule.claim == value,
        };
        [("group", "Group"), ("email", "Verified e-mail"), ("domain", "Domain"), ("tenant", "Tenant (tid)")]
            .into_iter()
            .map(choice)
            .collect()
    }

    fn roles(rule: &RuleRow) -> Vec<Choice> {
        let choice = |role: Role| Choice {
            value: role.as_str().to_owned(),
            title: role_name(role).to_owned(),
            chosen: rule.role == role.as_str(),
        };
        // A new rule gives the least.
        let mut choices: Vec<Choice> = Role::ALL.into_iter().map(choice).collect();
        if choices.iter().all(|choice| !choice.chosen)
            && let Some(weakest) = choices.last_mut()
        {
            weakest.chosen = true;
        }
        choices
    }

    fn role(rule: &RuleRow) -> &'static str {
        rule.role.parse().map_or("", role_name)
    }

    fn admits_by_rule(&self) -> bool {
        self.admission == "by_rule"
    }

    fn secret_hint(&self) -> &'static str {
        match (self.secret_lost, self.keeps_secret) {
            (true, _) => "Type it again: typed secrets are not sent back.",
            (false, true) => "Kept encrypted, never shown. Type to replace it.",
            (false, false) => "Kept encrypted, never shown.",
        }
    }

    /// Counted from 1.
    fn number(index: &usize) -> usize {
        index + 1
    }
}

page!(SignInSettingsPage);
