//! A URL leads only where the catalog means it to, whatever values its fields have.

use crate::catalog::auth::Auth;
use crate::catalog::faults::Faults;
use crate::catalog::field::{Field, FieldKind};
use crate::catalog::hosts::host_variables;
use crate::catalog::lint_variables::requests;
use crate::catalog::source_type::{BaseUrl, SourceType};
use crate::template::{Filter, Part, Template, Variable};

pub fn lint_urls(source_type: &SourceType, faults: &mut Faults<'_>) {
    for (place, request, _) in requests(source_type) {
        lint_url(source_type, &request.url, &place, faults);
    }
    for mode in &source_type.modes {
        if let Auth::OauthClientCredentials { token_url, .. } = &mode.auth {
            lint_url(source_type, token_url, &format!("auth_mode {}, token_url", mode.id), faults);
        }
    }
    if let Some(value) = source_type.base_url.value() {
        let is_empty = value.parts().is_empty();
        if !(is_empty && matches!(source_type.base_url, BaseUrl::Default { .. })) {
            lint_url(source_type, value, "base_url", faults);
        }
    }
    if let Some(name) = source_type.base_url.field()
        && !fields_named(source_type, name)
            .all(|field| matches!(field.kind, FieldKind::Url | FieldKind::Select))
    {
        faults.add("base_url", format!("the field {name} must be of kind url or select"));
    }
    for derived in &source_type.derived {
        let place = format!("derived {}", derived.name);
        for value in derived.values() {
            if matches!(value.parts().first(), Some(Part::Literal(text)) if !text.contains("://")) {
                for variable in host_variables(value) {
                    lint_host_variable(source_type, variable, false, &place, faults);
                }
            } else {
                lint_url(source_type, value, &place, faults);
            }
        }
    }
}

fn lint_url(source_type: &SourceType, url: &Template, place: &str, faults: &mut Faults<'_>) {
    match url.parts() {
        [Part::Variable(first), rest @ ..] => {
            lint_host_variable(source_type, first, true, place, faults);
            if !matches!(rest.first(), None | Some(Part::Literal(_))) || !begins_path(rest.first()) {
                faults.add(place, format!("a / must follow {{{}}}", first.name));
            }
        }
        [Part::Literal(literal), ..] if literal.starts_with("https://") => {
            for variable in host_variables(url) {
                lint_host_variable(source_type, variable, false, place, faults);
            }
        }
        _ => faults.add(place, "the URL must begin with https:// or with a variable"),
    }
    let in_host: Vec<*const Variable> = host_variables(url).map(std::ptr::from_ref).collect();
    for variable in url.variables().filter(|variable| !in_host.contains(&std::ptr::from_ref(variable))) {
        lint_path_variable(source_type, variable, place, faults);
    }
}

fn begins_path(part: Option<&Part>) -> bool {
    match part {
        Some(Part::Literal(literal)) => literal.starts_with(['/', '?']),
        _ => true,
    }
}

/// `is_whole`: the variable is scheme, host and port; otherwise it is part of a host name.
fn lint_host_variable(
    source_type: &SourceType,
    variable: &Variable,
    is_whole: bool,
    place: &str,
    faults: &mut Faults<'_>,
) {
    let name = &variable.name;
    if (is_whole && name == "base") || source_type.derived.iter().any(|derived| &derived.name == name) {
        return;
    }
    let mut fields = fields_named(source_type, name).peekable();
    let fits = fields.peek().is_some()
        && fields.all(|field| match field.kind {
            FieldKind::Url => is_whole,
            FieldKind::Select => true,
            _ => !is_whole && field.pattern.is_some(),
        });
    if !fits || variable.index.is_some() || variable.filter == Some(Filter::Path) {
        faults.add(
            place,
            format!("{{{name}}} decides the host: it must be a field with a pattern, or a select"),
        );
    }
}

fn lint_path_variable(source_type: &SourceType, variable: &Variable, place: &str, faults: &mut Faults<'_>) {
    let name = &variable.name;
    if variable.filter == Some(Filter::Path)
        || source_type.derived.iter().any(|derived| &derived.name == name)
    {
        return;
    }
    let mut fields = fields_named(source_type, name).peekable();
    let is_bounded = match fields.peek() {
        Some(_) => fields.all(|field| {
            field.pattern.is_some()
                || matches!(field.kind, FieldKind::Int | FieldKind::Select | FieldKind::Bool)
        }),
        None => {
            let asks =
                |id: &str| place.ends_with(&format!("discover {id}")) && name == "answer" || id == name;
            let mut asked = source_type.questions.iter().filter(|question| asks(&question.id)).peekable();
            asked.peek().is_some() && asked.any(|question| question.pattern.is_some())
        }
    };
    if !is_bounded {
        faults.add(place, format!("{{{name}}} needs a pattern, or |path"));
    }
}

fn fields_named<'a>(source_type: &'a SourceType, name: &'a str) -> impl Iterator<Item = &'a Field> {
    let own = source_type.modes.iter().flat_map(|mode| &mode.fields);
    source_type.fields.iter().chain(own).filter(move |field| field.name == name)
}
