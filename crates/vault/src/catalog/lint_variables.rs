//! Every variable is known, and secrets stand only where a provider must get them.

use std::collections::BTreeSet;

use crate::catalog::auth::Auth;
use crate::catalog::faults::Faults;
use crate::catalog::field::{Field, FieldKind};
use crate::catalog::request::RequestTemplate;
use crate::catalog::source_type::SourceType;
use crate::template::Template;

/// Names that templates may use.
struct Known<'a> {
    fields: Vec<&'a Field>,
    lists: BTreeSet<&'a str>,
    texts: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(source_type: &'a SourceType) -> Self {
        let modes = &source_type.modes;
        let fields = source_type.fields.iter().chain(modes.iter().flat_map(|mode| &mode.fields)).collect();
        let steps =
            source_type.validate.iter().chain(modes.iter().flat_map(|mode| mode.validate.iter().flatten()));
        let captured = steps.flat_map(|step| step.capture.keys().map(String::as_str));
        let derived = source_type.derived.iter().map(|derived| derived.name.as_str());
        Self {
            fields,
            lists: source_type.questions.iter().map(|question| question.id.as_str()).collect(),
            texts: captured.chain(derived).chain(["base"]).collect(),
        }
    }

    /// Why the variables of a template do not fit, if one does not.
    fn fault(&self, template: &Template, may_be_secret: bool, extra: &[&str]) -> Option<String> {
        template.variables().find_map(|variable| {
            let name = variable.name.as_str();
            let named: Vec<&&Field> = self.fields.iter().filter(|field| field.name == name).collect();
            let is_list =
                named.iter().any(|field| field.kind == FieldKind::List) || self.lists.contains(name);
            let is_text = named.iter().any(|field| field.kind != FieldKind::List)
                || self.texts.contains(name)
                || extra.contains(&name);
            if named.iter().any(|field| field.is_secret()) && !may_be_secret {
                return Some(format!("the secret {name} may stand only in auth, form and json"));
            }
            match variable.index {
                Some(_) if is_list => None,
                None if is_text => None,
                Some(_) if is_text => Some(format!("{{{name}}} is not a list")),
                None if is_list => Some(format!("{{{name}}} is a list: write {{{name}.0}}")),
                _ => Some(format!("{{{name}}} is no field, derived value, capture or discover")),
            }
        })
    }
}

pub fn lint_variables(source_type: &SourceType, faults: &mut Faults<'_>) {
    let known = Known::of(source_type);
    let mut check = |place: &str, template: &Template, may_be_secret: bool, extra: &[&str]| {
        if let Some(reason) = known.fault(template, may_be_secret, extra) {
            faults.add(place, reason);
        }
    };
    if let Some(value) = source_type.base_url.value() {
        check("base_url", value, false, &[]);
    }
    for derived in &source_type.derived {
        for value in derived.values() {
            check(&format!("derived {}", derived.name), value, false, &[]);
        }
    }
    for mode in &source_type.modes {
        let place = format!("auth_mode {}, auth", mode.id);
        for template in mode.auth.secret_templates() {
            check(&place, template, true, &[]);
        }
        for template in mode.auth.plain_templates() {
            let is_client = matches!(mode.auth, Auth::OauthClientCredentials { .. });
            check(&place, template, false, if is_client { &["profile"] } else { &[] });
        }
    }
    for template in
        source_type.permissions.iter().flat_map(|permission| permission.satisfied_by.iter().flatten())
    {
        check("permission", template, false, &[]);
    }
    for (place, request, extra) in requests(source_type) {
        for template in
            [&request.url].into_iter().chain(request.headers.values()).chain(request.query.values())
        {
            check(&place, template, false, extra);
        }
        for template in request.body_templates() {
            check(&place, &template, true, extra);
        }
    }
}

/// All requests with their place, and the further names that they may use.
pub fn requests(source_type: &SourceType) -> Vec<(String, &RequestTemplate, &'static [&'static str])> {
    let mut found: Vec<(String, &RequestTemplate, &'static [&'static str])> = Vec::new();
    let own = source_type.modes.iter().flat_map(|mode| mode.validate.iter().flatten());
    for step in source_type.validate.iter().chain(own) {
        found.push((
            format!("validate {}", step.id.as_deref().unwrap_or("(without id)")),
            &step.request,
            &[],
        ));
    }
    for probe in &source_type.probes {
        found.push((format!("probe {}", probe.id), &probe.request, &[]));
    }
    for question in &source_type.questions {
        found.push((format!("discover {}", question.id), &question.request, &[]));
        if let Some(check) = &question.check {
            found.push((format!("check of discover {}", question.id), &check.request, &["answer"]));
        }
    }
    found
}
