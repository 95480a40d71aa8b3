//! A server with very many credentials: start time and memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ring::digest::{Context, SHA256};

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::{grouped, megabytes};
use crate::table::{Row, Verdict};

/// Goals for a million credentials; for fewer they are proportional.
const START_GOAL: Duration = Duration::from_secs(5);
const MEMORY_GOAL: u64 = 700_000_000;
const MILLION: u64 = 1_000_000;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let (launch, restored_in) = restored(cores, binary, &folder.join("million"), pace.credentials)?;
    let began = Instant::now();
    let claviger = launch.start(cores)?;
    let started_in = began.elapsed();
    sleep(Duration::from_secs(1));
    let resident = claviger.resident_memory()?;

    let count = grouped(pace.credentials as f64);
    let share = |goal: u64| goal * pace.credentials.min(MILLION) / MILLION;
    let mut start = Row::new(&format!("start with {count} credentials"), "≤ 5 s for a million");
    start.claviger = format!("{:.2} s", started_in.as_secs_f64());
    start.verdict = Verdict::of(started_in.as_millis() as u64 <= share(START_GOAL.as_millis() as u64));
    start.notes.push(format!("{count} credentials were restored in {:.1} s", restored_in.as_secs_f64()));
    let mut memory = Row::new(&format!("resident memory with {count} credentials"), "≤ 700 MB for a million");
    memory.claviger = megabytes(resident);
    // The memory of an empty server is not part of the proportion.
    memory.verdict = Verdict::of(resident <= 25_000_000 + share(MEMORY_GOAL - 25_000_000));
    Ok(vec![start, memory])
}

/// A server with this many credentials of one group, ready to start, and how long it took to restore them.
pub fn restored<'a>(
    cores: Cores,
    binary: &'a Path,
    folder: &Path,
    credentials: u64,
) -> Attempt<(Launch<'a>, Duration)> {
    let launch = Launch::new(binary, folder.to_owned());
    drop(launch.start(cores)?);
    let restored_in = multiplied(&launch, "service_credential", credentials, |row, index| {
        row["name"] = format!("pipeline-{index}").into();
        row["key_digest"] = format!("{index:064x}").into();
    })?;
    Ok((launch.keeping(), restored_in))
}

/// Multiplies the last row of one table in the data of a stopped server. The copies differ by id and by `change`.
/// Returns how long the restore took.
pub fn multiplied(
    launch: &Launch<'_>,
    table: &str,
    times: u64,
    change: impl Fn(&mut serde_json::Value, u64),
) -> Attempt<Duration> {
    let (binary, folder) = (launch.binary, launch.folder.as_path());
    let (small, large) = (folder.join("small.backup"), folder.join("large.backup"));
    on_the_machine(binary, folder, "backup", &small)?;
    multiply(&small, &large, table, times, change)?;
    for name in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
        // The last two do not exist if the server closed its database cleanly.
        let _ = fs::remove_file(folder.join("data").join(name));
    }
    let began = Instant::now();
    on_the_machine(binary, folder, "restore", &large)?;
    Ok(began.elapsed())
}

fn on_the_machine(binary: &Path, folder: &Path, verb: &str, file: &Path) -> Attempt<()> {
    let mut command = Command::new(binary);
    command.arg(verb).arg(file).arg("--dev").arg("--data-dir").arg(folder.join("data"));
    let output = command.current_dir(folder).output().map_err(while_doing("starting claviger"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("claviger {verb} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

fn multiply(
    small: &Path,
    large: &Path,
    table: &str,
    times: u64,
    change: impl Fn(&mut serde_json::Value, u64),
) -> Attempt<()> {
    let text = fs::read_to_string(small).map_err(while_doing("reading a backup"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let template = lines.iter().rfind(|line| line.contains(&format!(r#""table":"{table}""#)));
    let template = template.ok_or_else(|| format!("The backup has no {table}."))?;
    let mut row: serde_json::Value =
        serde_json::from_str(template).map_err(|error| format!("A row of the backup: {error}"))?;
    let file = File::create(large).map_err(while_doing("writing a backup"))?;
    let mut writer = BufWriter::new(file);
    let mut sum = Context::new(&SHA256);
    let mut write = |line: &str| {
        sum.update(line.as_bytes());
        sum.update(b"\n");
        writeln!(writer, "{line}").map_err(while_doing("writing a backup"))
    };
    lines.iter().try_for_each(|line| write(line))?;
    for index in 0..times {
        row["row"]["id"] = format!("01900000-0000-7000-8000-{index:012x}").into();
        change(&mut row["row"], index);
        write(&row.to_string())?;
    }
    let hex: String = sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let count = lines.len() as u64 - 1 + times;
    writeln!(writer, r#"{{"count":{count},"sha256":"{hex}"}}"#).map_err(while_doing("writing a backup"))?;
    writer.flush().map_err(while_doing("writing a backup"))
}
