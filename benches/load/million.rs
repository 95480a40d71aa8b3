//! A server with very many credentials: how soon it is ready, and how much memory it takes.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ring::digest::{Context, SHA256};

use crate::claviger::Launch;
use crate::cores::Cores;
use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::statistics::{grouped, megabytes};
use crate::table::{Row, Verdict};

/// For a million; fewer credentials are held to their share.
const START_GOAL: Duration = Duration::from_secs(5);
const MEMORY_GOAL: u64 = 700_000_000;
const MILLION: u64 = 1_000_000;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let folder = folder.join("million");
    let launch = Launch::new(binary, folder.clone());
    drop(launch.start(cores)?);
    let (small, large) = (folder.join("small.backup"), folder.join("large.backup"));
    on_the_machine(binary, &folder, "backup", &small)?;
    multiply(&small, &large, pace.credentials)?;
    for name in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
        // The last two are gone already where the server closed its database in peace.
        let _ = fs::remove_file(folder.join("data").join(name));
    }
    let began = Instant::now();
    on_the_machine(binary, &folder, "restore", &large)?;
    let restored_in = began.elapsed();

    let launch = launch.keeping();
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
    // What an empty server takes is not shared out.
    memory.verdict = Verdict::of(resident <= 25_000_000 + share(MEMORY_GOAL - 25_000_000));
    Ok(vec![start, memory])
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

/// The backup of a throw-away server, its credential so many times more, under other ids and names.
fn multiply(small: &Path, large: &Path, times: u64) -> Attempt<()> {
    let text = fs::read_to_string(small).map_err(while_doing("reading a backup"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let template = lines.iter().find(|line| line.contains(r#""table":"service_credential""#));
    let template = template.ok_or("The backup has no credential.")?;
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
        row["row"]["name"] = format!("pipeline-{index}").into();
        row["row"]["key_digest"] = format!("{index:064x}").into();
        write(&row.to_string())?;
    }
    let hex: String = sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let count = lines.len() as u64 - 1 + times;
    writeln!(writer, r#"{{"count":{count},"sha256":"{hex}"}}"#).map_err(while_doing("writing a backup"))?;
    writer.flush().map_err(while_doing("writing a backup"))
}
