//! Medians with their spread, because shared cores are always noisy.

use std::time::Duration;

#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// All zero without values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 || sorted.is_empty() {
            at(middle)
        } else {
            f64::midpoint(at(middle - 1), at(middle))
        };
        Self { median, least: at(0), most: at(sorted.len().saturating_sub(1)) }
    }

    pub fn of_durations(durations: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(durations.into_iter().map(|duration| duration.as_secs_f64()))
    }

    pub fn show(&self, one: impl Fn(f64) -> String) -> String {
        if self.least.total_cmp(&self.most).is_eq() {
            return one(self.median);
        }
        format!("{} ({} – {})", one(self.median), one(self.least), one(self.most))
    }
}

/// 18412.3 as `18,412`.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

pub fn ratio(number: f64) -> String {
    format!("{number:.2}")
}

pub fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

pub fn difference_in_milliseconds(seconds: f64) -> String {
    format!("{:+.2} ms", seconds * 1e3)
}

pub fn microseconds(seconds: f64) -> String {
    format!("{:.2} µs", seconds * 1e6)
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// In seconds.
pub fn percentile(durations: &[Duration], percent: usize) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let index = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(index).map_or(0.0, Duration::as_secs_f64)
}

pub fn percentiles(durations: &[Duration]) -> String {
    let show = |percent| milliseconds(percentile(durations, percent));
    format!("p50 {}, p99 {}, max {}", show(50), show(99), show(100))
}
