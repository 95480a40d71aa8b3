//! The fields that decide which host a credential is sent to.

use std::collections::BTreeSet;

use crate::catalog::auth::Auth;
use crate::catalog::request::RequestTemplate;
use crate::catalog::source_type::{AuthMode, Derived, SourceType};
use crate::template::{Part, Template, Variable};

impl SourceType {
    /// Fields that a host is derived from. When one of them changes, the secrets must be entered again, or a stored
    /// secret could be sent to a host of somebody else's choice.
    pub fn host_fields<'a>(&'a self, mode: &'a AuthMode) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::new();
        for template in self.url_templates(mode) {
            for variable in host_variables(template) {
                self.collect_fields(mode, &variable.name, &mut names);
            }
        }
        names
    }

    fn collect_fields<'a>(&'a self, mode: &'a AuthMode, name: &str, names: &mut BTreeSet<&'a str>) {
        if let Some(field) = self.fields_of(mode).find(|field| field.name == name) {
            names.insert(&field.name);
        } else if name == "base" {
            names.extend(self.base_url.field());
            for variable in self.base_url.value().into_iter().flat_map(host_variables) {
                self.collect_fields(mode, &variable.name, names);
            }
        } else if let Some(derived) = self.derived.iter().find(|derived| derived.name == name) {
            names.extend(derived.cases.iter().map(|case| case.field.as_str()));
            for variable in derived.values().flat_map(host_variables) {
                self.collect_fields(mode, &variable.name, names);
            }
        }
    }

    pub(crate) fn url_templates<'a>(&'a self, mode: &'a AuthMode) -> Vec<&'a Template> {
        let mut urls: Vec<&Template> =
            self.requests_of(mode).into_iter().map(|request| &request.url).collect();
        match &mode.auth {
            Auth::OauthClientCredentials { token_url, .. } => urls.push(token_url),
            // Its first request goes to the base URL.
            Auth::RegistryToken { .. } => urls.extend(self.base_url.value()),
            _ => {}
        }
        urls
    }

    pub(crate) fn requests_of<'a>(&'a self, mode: &'a AuthMode) -> Vec<&'a RequestTemplate> {
        let checks = self.questions.iter().filter_map(|question| question.check.as_ref());
        let steps = self.steps_of(mode).iter().map(|step| &step.request);
        let probes = self.probes.iter().map(|probe| &probe.request);
        let questions = self.questions.iter().map(|question| &question.request);
        steps.chain(probes).chain(questions).chain(checks.map(|check| &check.request)).collect()
    }
}

impl Derived {
    pub fn values(&self) -> impl Iterator<Item = &Template> {
        self.cases.iter().map(|case| &case.value).chain([&self.otherwise])
    }
}

/// Variables in the part of a URL, or of a part of a host name, that decides the host.
pub fn host_variables(template: &Template) -> impl Iterator<Item = &Variable> {
    let mut in_path = false;
    template.parts().iter().filter_map(move |part| match part {
        Part::Literal(literal) => {
            let rest = literal.find("://").map_or(literal.as_str(), |at| &literal[at + 3..]);
            in_path |= rest.contains(['/', '?', '#']);
            None
        }
        Part::Variable(variable) => (!in_path).then_some(variable),
    })
}
