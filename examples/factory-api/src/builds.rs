//! CI builds: listed, shown, started.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{Call, Done, Problem};
use crate::factories::Factory;

#[derive(Clone, Debug, Serialize)]
pub struct Build {
    number: usize,
    status: &'static str,
    #[serde(flatten)]
    cause: Cause,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Maximum length of a cause's texts, in characters.
const MAX_TEXT_LENGTH: usize = 256;

pub fn show_project(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    Ok(Done::Shown(json!({
        "factory": call.factory,
        "project": "lmp",
        "builds": factory.builds.len(),
        "latest": factory.builds.last(),
    })))
}

/// Newest first.
pub fn list(factory: &mut Factory, _: &Call) -> Result<Done, Problem> {
    let builds: Vec<&Build> = factory.builds.iter().rev().collect();
    Ok(Done::Shown(json!({"builds": builds})))
}

pub fn show(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let text = call.segment("number");
    let number = text.parse::<usize>().ok().filter(|number| number.to_string() == text);
    let index = number.and_then(|number| number.checked_sub(1)).ok_or(Problem::NotFound)?;
    let build = factory.builds.get(index).ok_or(Problem::NotFound)?;
    Ok(Done::Shown(json!(build)))
}

/// An empty body starts a build without a cause.
pub fn start(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let cause: Cause = if call.body.is_empty() { Cause::default() } else { call.json()? };
    for text in [&cause.reference, &cause.reason].into_iter().flatten() {
        if text.chars().count() > MAX_TEXT_LENGTH || text.chars().any(char::is_control) {
            let limits = format!("ref and reason: at most {MAX_TEXT_LENGTH} characters, on one line");
            return Err(Problem::Malformed(limits));
        }
    }
    let build = Build { number: factory.builds.len() + 1, status: "queued", cause };
    let at = format!("/projects/{}/lmp/builds/{}/", call.factory, build.number);
    let what = json!(build);
    factory.builds.push(build);
    Ok(Done::Created { at, what })
}
