//! Service credentials that are made for a measurement, and their revocation.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::failure::{Attempt, while_doing};
use crate::lists::import_request;
use crate::servers::claviger::Claviger;
use crate::servers::quickstart::Quickstart;
use crate::traffic::connection::Connection;
use crate::traffic::request::revocation_request;

const IN_ONE_CALL: usize = 1_000;

#[derive(Clone, Deserialize)]
pub struct Made {
    pub name: String,
    pub client_id: String,
    pub client_key: String,
}

#[derive(Deserialize)]
struct Imported {
    items: Vec<Made>,
}

/// The parts of a receipt that are measured.
#[derive(Deserialize)]
pub struct Receipt {
    pub outcome: String,
    confirmed: Confirmation,
    unconfirmed: Confirmation,
}

#[derive(Deserialize)]
struct Confirmation {
    verifiers: Vec<Instances>,
}

#[derive(Deserialize)]
struct Instances {
    instances: usize,
}

/// Makes credentials of the group of `--dev`, named after these numbers.
pub fn make(server: &Claviger, numbers: Range<usize>) -> Attempt<Vec<Made>> {
    let line = Connection::open(server.address, None).map_err(while_doing("connecting"))?;
    let mut line = line.with_room_for_lists();
    let mut made = Vec::with_capacity(numbers.len());
    for first in numbers.clone().step_by(IN_ONE_CALL) {
        let mut lines = String::new();
        for number in first..numbers.end.min(first + IN_ONE_CALL) {
            let line = format!(
                r#"{{"name":"c-{number}","validity_days":90,"token_ttl_seconds":3600,"groups":["builders"]}}"#
            );
            writeln!(lines, "{line}").map_err(while_doing("writing what is imported"))?;
        }
        let answer = line.exchange(&import_request(server, &lines)).map_err(while_doing("importing"))?;
        if answer.status != 201 {
            return Err(format!("The import was answered {}.", answer.status));
        }
        let imported: Imported =
            serde_json::from_slice(answer.body).map_err(while_doing("reading the new credentials"))?;
        made.extend(imported.items);
    }
    Ok(made)
}

/// Only responses with 200 count; a node may once report that its lease has expired.
pub fn revoke(quickstart: &Quickstart, line: &mut Connection, made: &Made) -> Attempt<Duration> {
    let request = revocation_request(quickstart, &made.client_id, &made.name);
    let begun = Instant::now();
    let answer = line.exchange(&request).map_err(while_doing("revoking"))?;
    let took = begun.elapsed();
    match answer.status {
        200 => Ok(took),
        status => {
            Err(format!("A revocation was answered {status}: {}", String::from_utf8_lossy(answer.body)))
        }
    }
}

impl Receipt {
    /// Of the revocation that was answered last on this connection.
    pub fn read(line: &Connection) -> Attempt<Self> {
        serde_json::from_slice(line.answer().body).map_err(while_doing("reading a receipt"))
    }

    /// How many verifiers have confirmed, and how many have not.
    pub fn verifiers(&self) -> (usize, usize) {
        let count = |of: &Confirmation| of.verifiers.iter().map(|one| one.instances).sum();
        (count(&self.confirmed), count(&self.unconfirmed))
    }
}
