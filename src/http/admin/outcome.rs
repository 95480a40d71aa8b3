//! What an administrative handler comes to, before it is an HTTP answer.

use actix_web::http::StatusCode;
use claviger_contract::Position;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::administration::{Edited, entity_tag};
use crate::domain::{EntityTag, Receipt};
use crate::http::AppState;
use crate::ledger::Act;

pub struct Outcome {
    pub status: StatusCode,
    pub body: Vec<u8>,
    /// Of a single object: its state, without what is shown once.
    pub tag: Option<EntityTag>,
}

impl Outcome {
    /// One object as it is.
    pub fn shown(object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::ok(object)?.tagged(object))
    }

    /// An answer that is no object: a list, a receipt.
    pub fn ok(object: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::OK, object)
    }

    pub fn created(object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::new(StatusCode::CREATED, object)?.tagged(object))
    }

    /// A new object and what is shown this once only.
    pub fn created_with(object: &impl Serialize, once: &[(&str, &str)]) -> Result<Self, Problem> {
        let mut members = as_members(object)?;
        for (name, value) in once {
            members.insert((*name).to_owned(), json!(value));
        }
        Ok(Self::new(StatusCode::CREATED, &members)?.tagged(object))
    }

    /// As a creation, with the receipt of what it ended at once, or null.
    pub fn renewed(
        object: &impl Serialize,
        once: &[(&str, &str)],
        receipt: Option<&Receipt>,
    ) -> Result<Self, Problem> {
        let mut members = as_members(object)?;
        members.insert("receipt".to_owned(), json!(receipt));
        Ok(Self { tag: Some(entity_tag(object)), ..Self::created_with(&members, once)? })
    }

    /// A changed object with the receipt of the cut that the change made, or null.
    pub fn edited<T: Serialize>(state: &AppState, act: &Act, edited: &Edited<T>) -> Result<Self, Problem> {
        let receipt = match edited.cut {
            true => Some(wait(state, act, edited.position)?),
            false => None,
        };
        let mut members = as_members(&edited.object)?;
        members.insert("receipt".to_owned(), json!(receipt));
        Ok(Self::ok(&members)?.tagged(&edited.object))
    }

    /// For acts whose answer is the receipt itself.
    pub fn receipt(state: &AppState, act: &Act, position: Position) -> Result<Self, Problem> {
        Self::ok(&wait(state, act, position)?)
    }

    fn new(status: StatusCode, object: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(object).map_err(|error| Problem::unavailable(error.to_string()))?;
        Ok(Self { status, body, tag: None })
    }

    fn tagged(self, object: &impl Serialize) -> Self {
        Self { tag: Some(entity_tag(object)), ..self }
    }
}

fn wait(state: &AppState, act: &Act, position: Position) -> Result<Receipt, Problem> {
    let snapshot = state.administration.ledger.latest();
    let realm = snapshot.find_realm(act.realm.as_str()).ok_or_else(|| Problem::not_found("realm"))?;
    Ok(state.barrier.wait(position, realm)?)
}

fn as_members(object: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(object) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(Problem::unavailable(error.to_string())),
    }
}
