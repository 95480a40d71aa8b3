//! The rows of the table that are about several servers.

use std::path::Path;

use crate::cluster::nodes::Cluster;
use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::cores::Cores;
use crate::table::Row;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let mut cluster = Cluster::start(cores, binary, &folder.join("cluster"))?;
    let mut rows = Vec::new();
    rows.extend(cluster.healthy(pace.revoked)?);
    rows.push(cluster.many_callers(pace.revoked)?);
    rows.extend(cluster.one_stopped(pace.rounds)?);
    rows.extend(cluster.one_cut_off(pace.rounds)?);
    rows.push(cluster.catching_up(pace.imported)?);
    Ok(rows)
}
