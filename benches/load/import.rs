//! Importing service credentials with `claviger credential import`: command, server and database, end to end.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::grouped;
use crate::table::{Row, Verdict};

const GOAL: f64 = 5_000.0;

pub fn row(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Row> {
    let folder = folder.join("import");
    let claviger = Launch::new(binary, folder.clone()).start(cores)?;
    let mut lines = String::new();
    for index in 0..pace.imported {
        let line = format!(
            r#"{{"name":"import-{index}","description":"of the old server","validity_days":365,"token_ttl_seconds":3600,"groups":["builders"]}}"#
        );
        writeln!(lines, "{line}").map_err(while_doing("writing what is imported"))?;
    }
    let (file, keys) = (folder.join("credentials.jsonl"), folder.join("keys.jsonl"));
    fs::write(&file, lines).map_err(while_doing("writing what is imported"))?;
    let mut command = Command::new(binary);
    command
        .args(["credential", "import"])
        .arg(&file)
        .arg("--keys-out")
        .arg(&keys)
        .env("CLAVIGER_URL", format!("http://{}", claviger.address))
        .env("CLAVIGER_REALM", &claviger.quickstart.realm)
        .env("CLAVIGER_TOKEN", &claviger.quickstart.owner.personal_access_token)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let start = Instant::now();
    let output = command.output().map_err(while_doing("running the import"))?;
    let took = start.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("The import failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let made = fs::read_to_string(&keys).map_err(while_doing("reading the new keys"))?.lines().count();
    let rate = made as f64 / took;
    let mut row = Row::new("service credentials imported per second, by the command, into SQLite", "≥ 5 000");
    row.claviger = grouped(rate);
    row.verdict = Verdict::of(rate >= GOAL && made == pace.imported);
    row.notes.push(format!("{} credentials in {took:.1} s, in calls of 1 000", grouped(made as f64)));
    Ok(row)
}
