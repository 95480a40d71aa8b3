//! Progress of long operations, on standard error if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The display is removed when the operation ends.
pub struct Progress;

const REDRAWN: Duration = Duration::from_millis(200);

impl Progress {
    pub fn show<T>(rows: &str, work: impl FnOnce(&mut dyn FnMut(u64)) -> T) -> T {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {{human_pos}} {rows}")) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAWN);
        let done = work(&mut |count| bar.set_position(count));
        bar.finish_and_clear();
        done
    }
}
