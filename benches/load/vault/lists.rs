//! Listing and searching ten thousand source credentials.

use std::path::Path;

use serde_json::json;

use crate::failure::{Attempt, while_doing};
use crate::growth::Caller;
use crate::lists::row;
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::grouped;
use crate::table::Row;
use crate::traffic::connection::Connection;
use crate::vault::scene::{created, unverified};

/// Name and query. One search has no match.
const ASKED: [(&str, &str); 7] = [
    ("first page", "limit=50"),
    ("newest first", "sort=-created_at&limit=200"),
    ("by name, backwards", "sort=-name&limit=200"),
    ("search that finds one", "q=listed-00477"),
    ("search that finds nothing", "q=nowhere"),
    ("by type and outcome", "source_type=other&outcome=skipped&limit=200"),
    ("expired ones, of which there are none", "status=expired"),
];

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let count = pace.source_credentials;
    let claviger = Launch::new(binary, folder.join("source-credentials")).start(cores)?;
    let mut caller = Caller::of(&claviger)?;
    for index in 0..count {
        let body = unverified(
            &format!("listed-{index:05}"),
            "other",
            &json!({"token": "a-secret-of-a-third-party"}),
        );
        created(&mut caller, "/source-credentials", &body)?;
    }
    let connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
    let mut connection = connection.with_room_for_lists();
    let what = format!("{} source credentials", grouped(count as f64));
    ASKED
        .into_iter()
        .map(|(name, query)| {
            row(&claviger, &mut connection, &format!("{what}: {name}"), "source-credentials", query)
        })
        .collect()
}
