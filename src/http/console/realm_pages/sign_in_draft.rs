//! What was typed into the form of the identity provider.

use claviger_api::{GivenSecret, SignInProviderSettings, SignInProviderView};
use claviger_console::{Address, Fault, Faults, RuleRow, SignInSettingsPage};
use serde_json::json;

use claviger_domain::{Admission, EmailDomain, RoleRule, SignInSettings};
use zeroize::Zeroizing;

#[derive(Default)]
pub struct Draft {
    pub provider_name: String,
    pub issuer: String,
    pub client_id: String,
    /// Never shown again.
    pub client_secret: Zeroizing<String>,
    pub public_client: bool,
    pub groups_claim: String,
    pub allowed_domains: String,
    pub admission: String,
    pub rules: Vec<RuleRow>,
}

/// A longer address would be refused by proxies.
const MAX_ADDRESS: usize = 4_000;

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "provider_name" => value.clone_into(&mut draft.provider_name),
            "issuer" => value.clone_into(&mut draft.issuer),
            "client_id" => value.clone_into(&mut draft.client_id),
            "client_secret" => draft.client_secret = Zeroizing::new(value.to_owned()),
            "public_client" => draft.public_client = true,
            "groups_claim" => value.clone_into(&mut draft.groups_claim),
            "allowed_domains" => value.clone_into(&mut draft.allowed_domains),
            "admission" => value.clone_into(&mut draft.admission),
            // A rule begins with its claim.
            "claim" => draft.rules.push(RuleRow { claim: value.to_owned(), ..RuleRow::default() }),
            "value" => drop(draft.rules.last_mut().map(|rule| value.clone_into(&mut rule.value))),
            "role" => drop(draft.rules.last_mut().map(|rule| value.clone_into(&mut rule.role))),
            _ => {}
        }
    }
    draft
}

impl Draft {
    /// Of a realm without a provider.
    pub fn empty() -> Self {
        Self {
            groups_claim: SignInSettings::default_groups_claim().to_string(),
            admission: "invited".to_owned(),
            ..Self::default()
        }
    }

    pub fn of(view: &SignInProviderView) -> Self {
        let domains: Vec<String> = view.allowed_domains.iter().map(ToString::to_string).collect();
        Self {
            provider_name: view.provider_name.to_string(),
            issuer: view.issuer.to_string(),
            client_id: view.client_id.to_string(),
            client_secret: Zeroizing::default(),
            public_client: view.public_client,
            groups_claim: view.groups_claim.to_string(),
            allowed_domains: domains.join(" "),
            admission: admission_name(view.admission).to_owned(),
            rules: view.rules.iter().map(row).collect(),
        }
    }

    /// The form with all of it but the secret, if the address is short enough.
    pub fn address(&self, form: Address) -> Address {
        let whole = form
            .clone()
            .with("provider_name", &self.provider_name)
            .with("issuer", &self.issuer)
            .with("client_id", &self.client_id)
            .with("public_client", if self.public_client { "on" } else { "" })
            .with("groups_claim", &self.groups_claim)
            .with("allowed_domains", &self.allowed_domains)
            .with("admission", &self.admission);
        let rules = self.rules.iter().filter(|rule| !rule.value.is_empty());
        let whole = rules.fold(whole, |address, rule| {
            address.with("claim", &rule.claim).with("value", &rule.value).with("role", &rule.role)
        });
        if whole.as_str().len() <= MAX_ADDRESS { whole } else { form }
    }

    /// Moves or removes a rule, or adds an empty one, without saving.
    pub fn arrange(&mut self, act: &str) {
        let (verb, index) = act.split_once('-').unwrap_or((act, ""));
        let index = index.parse::<usize>().ok().filter(|index| *index < self.rules.len());
        match (verb, index) {
            ("add", _) if self.rules.len() < SignInSettingsPage::MAX_RULES => {
                self.rules.push(RuleRow::default());
            }
            ("up", Some(index)) if index > 0 => self.rules.swap(index - 1, index),
            ("remove", Some(index)) => drop(self.rules.remove(index)),
            _ => {}
        }
    }

    pub fn judged(&self) -> Result<SignInProviderSettings, Faults> {
        let mut faults = Vec::new();
        let provider_name = self.provider_name.trim().parse();
        let provider_name = kept(provider_name, "provider_name", &mut faults);
        let issuer = kept(self.issuer.trim().parse(), "issuer", &mut faults);
        let client_id = kept(self.client_id.trim().parse(), "client_id", &mut faults);
        let client_secret =
            (!self.client_secret.is_empty()).then(|| self.client_secret.parse::<GivenSecret>());
        let client_secret = client_secret.map(|given| kept(given, "client_secret", &mut faults));
        let groups_claim = kept(self.groups_claim.trim().parse(), "groups_claim", &mut faults);
        let domains = self.allowed_domains.split([' ', ',', '\r', '\n']).filter(|domain| !domain.is_empty());
        let domains: Result<Vec<EmailDomain>, _> = domains.map(str::parse).collect();
        let allowed_domains = kept(domains, "allowed_domains", &mut faults);
        let admission = kept(self.admission.parse::<Admission>(), "admission", &mut faults);
        let rules = kept(self.judged_rules(), "rules", &mut faults);
        let whole = || {
            Some(SignInProviderSettings {
                provider_name: provider_name?,
                issuer: issuer?,
                client_id: client_id?,
                client_secret: client_secret.flatten(),
                public_client: self.public_client,
                groups_claim: groups_claim?,
                allowed_domains: allowed_domains?,
                admission: admission?,
                rules: rules?,
                check: true,
            })
        };
        match whole() {
            Some(settings) if faults.is_empty() => Ok(settings),
            _ => Err(Faults(faults)),
        }
    }

    /// A rule without a value is none.
    fn judged_rules(&self) -> Result<Vec<RoleRule>, String> {
        let filled = self.rules.iter().filter(|rule| !rule.value.trim().is_empty());
        let judged = filled.enumerate().map(|(index, rule)| {
            let value = json!({"claim": rule.claim, "value": rule.value.trim(), "role": rule.role});
            serde_json::from_value(value).map_err(|error| format!("rule {}: {error}", index + 1))
        });
        judged.collect()
    }
}

fn kept<T, E: ToString>(read: Result<T, E>, field: &'static str, faults: &mut Vec<Fault>) -> Option<T> {
    read.map_err(|error| faults.push(fault(field, &error.to_string()))).ok()
}

/// `detail` as errors write it: lower case, no full stop.
pub fn fault(field: &str, detail: &str) -> Fault {
    let known = [
        ("provider_name", "Name on the button"),
        ("issuer", "Issuer"),
        ("client_id", "Client id"),
        ("client_secret", "Client secret"),
        ("groups_claim", "Claim that lists groups"),
        ("allowed_domains", "Allowed domains"),
        ("admission", "Who becomes a member"),
    ];
    let (field, label) = known.into_iter().find(|(known, _)| *known == field).unwrap_or(("rules", "Rules"));
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Fault { field, label, sentence: format!("{first}{}.", letters.as_str()), link: None }
}

pub fn row(rule: &RoleRule) -> RuleRow {
    let (claim, value) = rule.test.parts();
    RuleRow { claim: claim.to_owned(), value, role: rule.role.as_str().to_owned() }
}

pub const fn admission_name(admission: Admission) -> &'static str {
    match admission {
        Admission::ByRule => "by_rule",
        Admission::Invited => "invited",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(values: &[&str]) -> Vec<RuleRow> {
        let row = |value: &&str| RuleRow {
            claim: "group".to_owned(),
            value: (*value).to_owned(),
            role: "member".to_owned(),
        };
        values.iter().map(row).collect()
    }

    #[test]
    fn rules_are_added_moved_and_removed_in_place() {
        for (act, values) in [
            ("up-1", &["b", "a", "c"][..]),
            ("up-2", &["a", "c", "b"]),
            ("up-0", &["a", "b", "c"]),
            ("remove-1", &["a", "c"]),
            ("remove-3", &["a", "b", "c"]),
            ("remove", &["a", "b", "c"]),
            ("other", &["a", "b", "c"]),
        ] {
            let mut draft = Draft { rules: rules(&["a", "b", "c"]), ..Draft::empty() };
            draft.arrange(act);
            assert_eq!(draft.rules, rules(values), "{act}");
        }
        let mut draft = Draft { rules: rules(&["a"; SignInSettingsPage::MAX_RULES]), ..Draft::empty() };
        draft.arrange("add");
        assert_eq!(draft.rules.len(), SignInSettingsPage::MAX_RULES);
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let draft = Draft {
            issuer: "http://id.example?x".to_owned(),
            allowed_domains: "acme.example, @".to_owned(),
            rules: vec![RuleRow {
                claim: "email".to_owned(),
                value: "x".to_owned(),
                role: "boss".to_owned(),
            }],
            ..Draft::empty()
        };
        let faults = draft.judged().expect_err("bad");
        let fields: Vec<&str> = faults.0.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["provider_name", "issuer", "client_id", "allowed_domains", "rules"]);
    }
}
