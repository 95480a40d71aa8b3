//! Factory data in memory; lost when the process ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use claviger_verifier::RealmLabel;
use serde_json::{Map, Value};

use crate::builds::Build;
use crate::guard::Permit;
use crate::name::Name;

/// Each realm is a tenant; the token identifies the realm.
#[derive(Default)]
pub struct Factories(Mutex<BTreeMap<RealmLabel, Factory>>);

#[derive(Default)]
pub struct Factory {
    /// The first is number 1.
    pub builds: Vec<Build>,
    /// Devices with their configurations.
    pub devices: BTreeMap<Name, Map<String, Value>>,
    pub targets: Map<String, Value>,
}

impl Factories {
    pub fn with<T>(&self, permit: &Permit, act: impl FnOnce(&mut Factory) -> T) -> T {
        let mut factories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(factories.entry(permit.factory().clone()).or_default())
    }
}
