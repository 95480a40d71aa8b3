//! The vault: how fast pipelines get their credentials, and how long validations and lists take.

mod lists;
mod resolve;
mod scene;
mod validations;

use std::path::Path;

use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::cores::Cores;
use crate::table::Row;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let mut rows = resolve::rows(cores, pace, binary, folder)?;
    rows.push(validations::row(cores, binary, folder)?);
    rows.extend(lists::rows(cores, pace, binary, folder)?);
    Ok(rows)
}
