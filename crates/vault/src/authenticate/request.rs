//! Fills a request of the catalog with values and the credential.

use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use crate::authenticate::credential::Credential;
use crate::authenticate::exchange::Exchange;
use crate::catalog::{Method, RequestTemplate};
use crate::fields::Variables;
use crate::outbound::Request;
use crate::signing::sign_aws_request;
use crate::template::Template;

/// What asks for a further page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extra {
    Query(String, String),
    Form(String, String),
    Json(String, String),
    Url(Url),
}

/// `None` if something that it needs has no value.
pub fn build_request(
    template: &RequestTemplate,
    variables: &Variables<'_>,
    credential: &Credential,
    exchange: &Exchange<'_>,
    extra: Option<&Extra>,
) -> Option<Request> {
    let mut url = Url::parse(&variables.render(&template.url)?).ok()?;
    let mut query = rendered(template.query.iter(), variables)?;
    let mut form = match &template.form {
        Some(form) => Some(rendered(form.iter(), variables)?),
        None => None,
    };
    let mut json = match &template.json {
        Some(json) => Some(rendered_json(json, variables)?),
        None => None,
    };
    match extra {
        Some(Extra::Query(name, value)) => replace(&mut query, name, value),
        Some(Extra::Form(name, value)) => replace(form.get_or_insert_default(), name, value),
        Some(Extra::Json(name, value)) => {
            json.as_mut()?.as_object_mut()?.insert(name.clone(), Value::from(value.as_str()));
        }
        Some(Extra::Url(_)) | None => {}
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    if let Some(Extra::Url(page)) = extra {
        url = page.clone();
    }
    let mut headers = vec![("user-agent".to_owned(), exchange.environment.user_agent.to_owned())];
    for (name, value) in rendered(template.headers.iter(), variables)? {
        headers.push((name.to_ascii_lowercase(), value));
    }
    if !headers.iter().any(|(name, _)| name == "accept") {
        headers.push(("accept".to_owned(), "application/json".to_owned()));
    }
    if let Credential::Form { name, value } = credential {
        form.get_or_insert_default().push((name.clone(), value.to_string()));
    }
    let has_type = headers.iter().any(|(name, _)| name == "content-type");
    let (body, content_type) = match (form, json) {
        (Some(form), _) => (encoded_form(&form), "application/x-www-form-urlencoded"),
        (None, Some(json)) => (json.to_string(), "application/json"),
        (None, None) => (String::new(), ""),
    };
    if !body.is_empty() && !has_type {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    let method = match template.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut headers: Vec<(String, Zeroizing<String>)> =
        headers.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect();
    if let Credential::Headers(own) = credential {
        headers.extend(own.iter().cloned());
    }
    let mut request = Request { method, url, headers, body: Zeroizing::new(body.into_bytes()) };
    if let Credential::AwsSigV4 { service, key } = credential {
        let service = template.service.as_deref().unwrap_or(service);
        sign_aws_request(&mut request, service, key, exchange.now());
    }
    Some(request)
}

pub fn encoded_form(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn rendered<'a>(
    templates: impl Iterator<Item = (&'a String, &'a Template)>,
    variables: &Variables<'_>,
) -> Option<Vec<(String, String)>> {
    templates.map(|(name, value)| Some((name.clone(), variables.render(value)?))).collect()
}

fn rendered_json(json: &Value, variables: &Variables<'_>) -> Option<Value> {
    Some(match json {
        Value::String(text) => Value::from(variables.render(&Template::new(text))?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| rendered_json(item, variables)).collect::<Option<_>>()?)
        }
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| Some((name.clone(), rendered_json(value, variables)?)));
            Value::Object(members.collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

fn replace(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    pairs.retain(|(other, _)| other != name);
    pairs.push((name.to_owned(), value.to_owned()));
}
