//! Cost of a start, of memory and of one more realm as the number of realms grows.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ::claviger::administration::{NewRealm, create_realm};
use ::claviger::config::{self, Flags};
use ::claviger::crypto::SystemRandomness;
use ::claviger::ledger::{Act, Caller};
use ::claviger::replication::Part;
use ::claviger::serve::{Sources, SystemClock, assemble};

use crate::failure::{Attempt, while_doing};
use crate::growth::row;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::{grouped, megabytes, milliseconds};
use crate::table::Row;

pub fn rows(cores: Cores, binary: &Path, folder: &Path, sizes: &[usize]) -> Attempt<Vec<Row>> {
    let folder = folder.join("growth-of-realms");
    let launch = Launch::new(binary, folder.clone());
    drop(launch.start(cores)?);
    let launch = launch.keeping();
    let (mut starts, mut memory, mut creations) = (Vec::new(), Vec::new(), Vec::new());
    let mut made = 1;
    for size in sizes {
        add_realms(&folder, made, *size)?;
        made = *size;
        let began = Instant::now();
        let claviger = launch.start(cores)?;
        starts.push(began.elapsed().as_secs_f64());
        sleep(Duration::from_secs(1));
        memory.push(claviger.resident_memory()? as f64);
        creations.push(create_beside(binary, &folder, *size)?);
    }
    let sizes: Vec<String> = sizes.iter().map(|size| grouped(*size as f64)).collect();
    let named = |what: &str| format!("{what} with {} realms", sizes.join(" / "));
    Ok(vec![
        row(&named("start"), &starts, milliseconds, false),
        row(&named("resident memory"), &memory, |bytes| megabytes(bytes as u64), false),
        row(&named("`claviger realm create` beside a server"), &creations, milliseconds, false),
    ])
}

/// In this process, because the command loads everything each time.
fn add_realms(folder: &Path, from: usize, to: usize) -> Attempt<()> {
    if from == to {
        return Ok(());
    }
    let failed = |error: &dyn std::fmt::Display| format!("Making realms failed: {error}");
    let flags = Flags { data_dir: Some(folder.join("data")), dev: true, ..Flags::default() };
    let settings = config::load(&flags).map_err(|error| failed(&error))?;
    let sources = Sources { clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness::new()) };
    let mut node = assemble(&settings, &sources, Part::Command).map_err(|error| failed(&error))?;
    for index in from..to {
        let realm = format!("realm-{index}").parse().map_err(|error| failed(&error))?;
        let owner = format!("owner@realm-{index}.example").parse().map_err(|error| failed(&error))?;
        let act = Act::local(realm, Caller::Operator);
        create_realm(&node.state.administration, &act, NewRealm { owner, preset: None })
            .map_err(|error| failed(&error))?;
    }
    node.stop();
    Ok(())
}

fn create_beside(binary: &Path, folder: &Path, size: usize) -> Attempt<f64> {
    let mut command = Command::new(binary);
    command
        .args([
            "realm",
            "create",
            &format!("beside-{size}"),
            "--owner",
            "owner@beside.example",
            "--dev",
            "--data-dir",
        ])
        .arg(folder.join("data"))
        .current_dir(folder);
    let began = Instant::now();
    let output = command.output().map_err(while_doing("running claviger realm create"))?;
    let took = began.elapsed().as_secs_f64();
    match output.status.success() {
        true => Ok(took),
        false => {
            Err(format!("claviger realm create failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }
}
