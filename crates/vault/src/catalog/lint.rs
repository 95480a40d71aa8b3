//! What a source type must fulfill besides its schema.

use std::collections::BTreeSet;

use crate::catalog::auth::{Auth, ClientAuth};
use crate::catalog::discover::Paging;
use crate::catalog::expectation::Expectation;
use crate::catalog::faults::{CatalogFault, Faults};
use crate::catalog::field::{Field, FieldKind};
use crate::catalog::lint_urls::lint_urls;
use crate::catalog::lint_variables::lint_variables;
use crate::catalog::scopes::{Implications, ScopeOrigin, ScopeRule};
use crate::catalog::source_type::{AuthMode, PermissionCheck, SourceType};
use crate::catalog::step::{StatusRule, Step};

pub fn lint(file: &str, source_type: &SourceType, implies: &Implications) -> Vec<CatalogFault> {
    let mut faults = Faults::new(file, &source_type.id);
    lint_modes(source_type, &mut faults);
    lint_scopes(source_type, implies, &mut faults);
    lint_permissions(source_type, &mut faults);
    lint_questions(source_type, &mut faults);
    lint_variables(source_type, &mut faults);
    lint_urls(source_type, &mut faults);
    faults.into_found()
}

fn lint_modes(source_type: &SourceType, faults: &mut Faults<'_>) {
    faults.require(!source_type.modes.is_empty(), "auth_mode", "there must be at least one");
    lint_unique(source_type.modes.iter().map(|mode| &mode.id), "auth_mode", faults);
    lint_steps(&source_type.validate, "validate", faults);
    for mode in &source_type.modes {
        let place = format!("auth_mode {}", mode.id);
        lint_unique(source_type.fields_of(mode).map(|field| &field.name), &place, faults);
        for field in source_type.fields_of(mode) {
            lint_field(field, &format!("{place}, field {}", field.name), faults);
        }
        lint_steps(mode.validate.as_deref().unwrap_or_default(), &format!("{place}, validate"), faults);
        lint_auth(&mode.auth, &place, faults);
        lint_mode_conditions(source_type, mode, &place, faults);
    }
    for case in source_type.derived.iter().flat_map(|derived| &derived.cases) {
        let known = source_type.modes.iter().any(|mode| has_field(source_type, mode, &case.field));
        faults.require(known, "derived", &format!("names the field {}, which does not exist", case.field));
    }
    if let Some(field) = source_type.base_url.field() {
        let is_known = source_type.fields.iter().any(|other| other.name == field);
        faults.require(is_known, "base_url", &format!("names the field {field}, which does not exist"));
    }
}

fn lint_field(field: &Field, place: &str, faults: &mut Faults<'_>) {
    let is_select = field.kind == FieldKind::Select;
    faults.require(is_select != field.options.is_empty(), place, "a select, and nothing else, has options");
    let default = field.default.as_ref();
    let is_option = default.is_none_or(|value| !is_select || field.options.contains(value));
    faults.require(is_option, place, "the default must be one of the options");
    faults.require(default.is_none() || !field.is_secret(), place, "a secret must not have a default");
}

fn lint_steps(steps: &[Step], place: &str, faults: &mut Faults<'_>) {
    lint_unique(steps.iter().filter_map(|step| step.id.as_ref()), place, faults);
    for step in steps {
        let place = format!("{place} {}", step.id.as_deref().unwrap_or("(without id)"));
        lint_expectations(&step.expect, &place, faults);
        for (status, rule) in &step.on_status {
            let is_status = status.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
            faults.require(is_status, &place, &format!("on_status {status} must be an HTTP status"));
            if let StatusRule::Fallback(id) = rule {
                let fallback = steps.iter().find(|other| other.id.as_ref() == Some(id));
                let reason = format!("the fallback {id} must be a step with fallback_only");
                faults.require(fallback.is_some_and(|step| step.fallback_only), &place, &reason);
            }
        }
        let is_final = step.on_status.values().all(|rule| matches!(rule, StatusRule::Outcome(_)));
        faults.require(!step.fallback_only || is_final, &place, "a fallback must not name another fallback");
        let has_both = step.error_type_at.is_some() || step.error_types.is_empty();
        faults.require(has_both, &place, "error_types need error_type_at");
        let pointers = step.capture.values().chain(&step.error_type_at);
        for pointer in pointers {
            lint_pointer(pointer, &place, faults);
        }
        let both = step.request.form.is_some() && step.request.json.is_some();
        faults.require(!both, &place, "a request has form or json, not both");
    }
}

fn lint_mode_conditions(source_type: &SourceType, mode: &AuthMode, place: &str, faults: &mut Faults<'_>) {
    for step in source_type.steps_of(mode) {
        for field in step.when_field.iter().chain(&step.unless_field) {
            let reason = format!("validate names the field {field}, which does not exist");
            faults.require(has_field(source_type, mode, field), place, &reason);
        }
    }
}

fn has_field(source_type: &SourceType, mode: &AuthMode, name: &str) -> bool {
    source_type.fields_of(mode).any(|field| field.name == name)
}

fn lint_auth(auth: &Auth, place: &str, faults: &mut Faults<'_>) {
    if let Auth::OauthClientCredentials { auth, client_secret, private_key, .. } = auth {
        let fits = match auth {
            ClientAuth::Secret => client_secret.is_some() && private_key.is_none(),
            ClientAuth::PrivateKeyJwt => client_secret.is_none() && private_key.is_some(),
        };
        faults.require(
            fits,
            place,
            "auth = secret needs client_secret, auth = private_key_jwt needs private_key",
        );
    }
}

fn lint_scopes(source_type: &SourceType, implies: &Implications, faults: &mut Faults<'_>) {
    for mode in &source_type.modes {
        let rule = source_type.scopes_of(mode);
        let place = format!("scopes of auth_mode {}", mode.id);
        lint_scope_rule(rule, &place, faults);
        let steps = source_type.steps_of(mode);
        if let Some(step) = &rule.step {
            let known = steps.iter().any(|other| other.id.as_ref() == Some(step));
            faults.require(known, &place, &format!("names the step {step}, which does not exist"));
        }
        if let Some(set) = &rule.implies {
            faults.require(implies.contains_key(set), &place, &format!("implies.{set} does not exist"));
        }
        if let Some(id) = &rule.discover {
            let known =
                source_type.questions.iter().any(|question| &question.id == id && question.is_for(&mode.id));
            faults.require(known, &place, &format!("names discover {id}, which does not exist"));
        }
        let has_token = matches!(mode.auth, Auth::OauthClientCredentials { .. });
        let is_answer = rule.from == ScopeOrigin::TokenAnswer;
        faults.require(has_token || !is_answer, &place, "token_answer needs oauth_client_credentials");
    }
}

fn lint_scope_rule(rule: &ScopeRule, place: &str, faults: &mut Faults<'_>) {
    let complete = match rule.from {
        ScopeOrigin::Header => rule.name.is_some(),
        ScopeOrigin::Json | ScopeOrigin::JsonMap => rule.at.is_some(),
        ScopeOrigin::JsonFlagMap => rule.at.is_some() && rule.flag.is_some(),
        _ => true,
    };
    faults.require(
        complete,
        place,
        "header needs name; json, json_map and json_flag_map need at; the last also flag",
    );
    for pointer in [&rule.at, &rule.flag, &rule.alias, &rule.refused_at].into_iter().flatten() {
        lint_pointer(pointer, place, faults);
    }
}

fn lint_permissions(source_type: &SourceType, faults: &mut Faults<'_>) {
    let permissions = &source_type.permissions;
    let probes: BTreeSet<&str> = source_type.probes.iter().map(|probe| probe.id.as_str()).collect();
    lint_unique(permissions.iter().map(|permission| &permission.id), "permission", faults);
    lint_unique(source_type.probes.iter().map(|probe| &probe.id), "probe", faults);
    for permission in permissions {
        let place = format!("permission {}", permission.id);
        let probe = permission.probe.as_deref();
        let known = probe.is_none_or(|probe| probes.contains(probe));
        faults.require(known, &place, "names a probe that does not exist");
        let needs = permission.check == PermissionCheck::Probe;
        faults.require(!needs || probe.is_some(), &place, "check = probe needs a probe");
    }
    for probe in &source_type.probes {
        let place = format!("probe {}", probe.id);
        let is_question = |id: &String| source_type.questions.iter().any(|question| &question.id == id);
        faults.require(probe.needs.iter().all(is_question), &place, "needs a discover that does not exist");
        let is_mode = |id: &String| source_type.mode(id).is_some();
        faults.require(probe.modes.iter().all(is_mode), &place, "names an auth_mode that does not exist");
        lint_expectations(&probe.expect, &place, faults);
        let has_both = probe.error_type_at.is_some() || probe.denied_types.is_empty();
        faults.require(has_both, &place, "denied_types need error_type_at");
        for field in probe.when_field.iter().chain(&probe.unless_field) {
            let known = source_type.modes.iter().any(|mode| has_field(source_type, mode, field));
            faults.require(known, &place, &format!("names the field {field}, which does not exist"));
        }
    }
    lint_unique(source_type.profiles.iter().map(|profile| &profile.id), "profile", faults);
    let defaults = source_type.profiles.iter().filter(|profile| profile.default).count();
    faults.require(defaults == 1, "profile", "exactly one must be the default");
    for profile in &source_type.profiles {
        for id in profile.required.iter().chain(&profile.recommended) {
            let known = permissions.iter().any(|permission| &permission.id == id);
            let place = format!("profile {}", profile.id);
            faults.require(known, &place, &format!("names the permission {id}, which does not exist"));
        }
    }
}

fn lint_questions(source_type: &SourceType, faults: &mut Faults<'_>) {
    for mode in &source_type.modes {
        let asked = source_type.questions.iter().filter(|question| question.is_for(&mode.id));
        lint_unique(
            asked.map(|question| &question.id),
            &format!("discover of auth_mode {}", mode.id),
            faults,
        );
    }
    for question in &source_type.questions {
        let place = format!("discover {}", question.id);
        let is_mode = |id: &String| source_type.mode(id).is_some();
        faults.require(question.modes.iter().all(is_mode), &place, "names an auth_mode that does not exist");
        lint_expectations(&question.filter, &place, faults);
        for pointer in [&question.items, &question.key, &question.title] {
            lint_pointer(pointer, &place, faults);
        }
        if let Some(check) = &question.check {
            lint_expectations(&check.expect, &place, faults);
        }
        let fits = match &question.paging {
            Paging::Cursor { param, form_param, json_param, .. } => {
                [param, form_param, json_param].into_iter().flatten().count() == 1
            }
            Paging::Offset { size, last_at, more_at, total_at, .. } => {
                *size > 0 && [last_at, more_at, total_at].into_iter().flatten().count() == 1
            }
            Paging::Page { size, .. } => *size > 0,
            _ => true,
        };
        let reason = "a cursor needs one of param, form_param and json_param, an offset one of last_at, more_at and \
                      total_at, and a size must be positive";
        faults.require(fits, &place, reason);
    }
}

fn lint_expectations(expectations: &[Expectation], place: &str, faults: &mut Faults<'_>) {
    for expectation in expectations {
        let fits = expectation.op.takes_value() == expectation.value.is_some();
        faults.require(fits, place, "eq, ne and in, and no other operation, need a value");
    }
}

fn lint_pointer(pointer: &str, place: &str, faults: &mut Faults<'_>) {
    let fits = pointer.is_empty() || pointer.starts_with('/');
    faults.require(fits, place, &format!("{pointer} must be a JSON pointer: empty, or beginning with /"));
}

fn lint_unique<'a>(ids: impl Iterator<Item = &'a String>, place: &str, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for id in ids {
        faults.require(seen.insert(id), place, &format!("{id} stands twice"));
    }
}
