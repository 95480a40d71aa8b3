//! A request that the catalog describes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::template::Template;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTemplate {
    pub method: Method,
    pub url: Template,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub query: BTreeMap<String, Template>,
    pub form: Option<BTreeMap<String, Template>>,
    /// Its texts are templates.
    pub json: Option<Value>,
    /// The AWS service of this request, where it is not that of the way to authenticate.
    pub service: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
}

impl RequestTemplate {
    /// Templates of the body: besides the authentication, the only place of secret fields.
    pub fn body_templates(&self) -> Vec<Template> {
        let mut found: Vec<Template> = self.form.iter().flatten().map(|(_, value)| value.clone()).collect();
        if let Some(json) = &self.json {
            collect_texts(json, &mut found);
        }
        found
    }
}

fn collect_texts(json: &Value, found: &mut Vec<Template>) {
    match json {
        Value::String(text) => found.push(Template::new(text)),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect_texts(member, found)),
        _ => {}
    }
}
