//! The empty server: memory, time to the first token, and binary size.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::{Spread, megabytes, milliseconds};
use crate::table::{Row, Verdict};

const MEMORY_GOAL: u64 = 25_000_000;
const BINARY_GOAL: u64 = 40_000_000;
const FIRST_TOKEN_GOAL: Duration = Duration::from_millis(100);

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let attempt = |name: &str| Launch::new(binary, folder.join(name));

    let claviger = attempt("empty").start(cores)?;
    // Long enough for the background work of a start.
    sleep(Duration::from_secs(1));
    let resident = claviger.resident_memory()?;
    drop(claviger);
    let mut memory = Row::new("empty server, resident memory one second after start", "≤ 25 MB");
    memory.claviger = megabytes(resident);
    memory.verdict = Verdict::of(resident <= MEMORY_GOAL);

    let (mut first, mut again) = (Vec::new(), Vec::new());
    for index in 0..pace.starts {
        let name = format!("start-{index}");
        first.push(attempt(&name).time_to_first_token(cores)?);
        again.push(attempt(&name).keeping().time_to_first_token(cores)?);
    }
    let first_token = |measured: &str, times: Vec<Duration>| {
        let spread = Spread::of_durations(times);
        let mut row = Row::new(measured, "≤ 100 ms");
        row.claviger = spread.show(milliseconds);
        row.verdict = Verdict::of(spread.median <= FIRST_TOKEN_GOAL.as_secs_f64());
        row
    };

    let size = fs::metadata(binary).map_err(while_doing("looking at the binary"))?.len();
    let mut file = Row::new("binary", "≤ 40 MB");
    file.claviger = megabytes(size);
    file.verdict = Verdict::of(size <= BINARY_GOAL);

    Ok(vec![
        memory,
        first_token("first token after process start, making realm, keys and credential", first),
        first_token("first token after process start, with --keep", again),
        file,
    ])
}
