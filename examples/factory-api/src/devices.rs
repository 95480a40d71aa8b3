//! Devices: registered, listed, configured, deleted.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::call::{Call, Done, Problem};
use crate::factories::Factory;
use crate::name::Name;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDevice {
    name: Name,
}

pub fn list(factory: &mut Factory, _: &Call) -> Result<Done, Problem> {
    let devices: Vec<Value> = factory.devices.iter().map(|(name, config)| shown(name, config)).collect();
    Ok(Done::Shown(json!({"devices": devices})))
}

pub fn register(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let NewDevice { name } = call.json()?;
    if factory.devices.contains_key(&name) {
        return Err(Problem::Exists);
    }
    let config = Map::new();
    let made = Done::Created { at: format!("/ota/devices/{name}/"), what: shown(&name, &config) };
    factory.devices.insert(name, config);
    Ok(made)
}

pub fn show(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let name = name(call)?;
    let config = factory.devices.get(&name).ok_or(Problem::NotFound)?;
    Ok(Done::Shown(shown(&name, config)))
}

pub fn delete(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    factory.devices.remove(&name(call)?).map(|_| Done::Gone).ok_or(Problem::NotFound)
}

pub fn show_config(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let config = factory.devices.get(&name(call)?).ok_or(Problem::NotFound)?;
    Ok(Done::Shown(json!(config)))
}

/// Replaces the whole configuration.
pub fn replace_config(factory: &mut Factory, call: &Call) -> Result<Done, Problem> {
    let config = factory.devices.get_mut(&name(call)?).ok_or(Problem::NotFound)?;
    *config = call.json()?;
    Ok(Done::Shown(json!(config)))
}

/// An invalid name is reported as not found.
fn name(call: &Call) -> Result<Name, Problem> {
    call.segment("name").parse().map_err(|_| Problem::NotFound)
}

fn shown(name: &Name, config: &Map<String, Value>) -> Value {
    json!({"name": name, "config": config})
}
