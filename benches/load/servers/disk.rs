//! Disk sync latency: the lower bound for an acknowledged commit.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};

/// One database page, the unit in which a log is written.
const PAGE: [u8; 8_192] = [7; 8_192];

pub fn syncs(folder: &Path, count: usize) -> Attempt<Vec<Duration>> {
    let path = folder.join("bench-of-the-disk");
    let mut file = File::create(&path).map_err(while_doing("making a file"))?;
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&PAGE).and_then(|()| file.sync_data()).map_err(while_doing("writing to the disk"))?;
        took.push(begun.elapsed());
    }
    std::fs::remove_file(&path).map_err(while_doing("taking the file away"))?;
    Ok(took)
}
