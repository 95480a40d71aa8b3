//! `targets.json`: the software that a factory's devices must run.

use serde_json::{Map, Value, json};

use crate::call::{Call, Done, Problem};
use crate::factories::Factory;

pub fn show(factory: &mut Factory, _: &Call) -> Result<Done, Problem> {
    Ok(Done::Shown(json!(factory.targets)))
}

pub fn replace(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    factory.targets = call.json()?;
    show(factory, call)
}

/// Each member replaces the previous value; `null` removes it.
pub fn change(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let changes: Map<String, Value> = call.json()?;
    for (name, value) in changes {
        if value.is_null() {
            factory.targets.remove(&name);
        } else {
            factory.targets.insert(name, value);
        }
    }
    show(factory, call)
}
