//! Settings that are whole numbers within bounds, and settings that are paths.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use crate::config::error::ConfigError;
use crate::config::sources::Sources;

/// A hundred years.
const MAX_DAYS: u32 = 36_500;

/// Outside of the range is an error, never another number.
pub fn whole<T: FromStr + PartialOrd + Display>(
    sources: &Sources,
    name: &'static str,
    unit: &str,
    range: RangeInclusive<T>,
) -> Result<Option<T>, ConfigError> {
    let expected = format!("a whole number of {unit} from {} to {}", range.start(), range.end());
    match sources.get::<T>(name, &expected)? {
        Some(number) if !range.contains(&number) => Err(sources.invalid(name, number.to_string(), &expected)),
        number => Ok(number),
    }
}

/// The same with 0 for "off", which the expectation explains.
pub fn whole_or_off<T: FromStr + PartialOrd + Display>(
    sources: &Sources,
    name: &'static str,
    unit: &str,
    max: T,
    off: &str,
) -> Result<Option<T>, ConfigError> {
    let expected = format!("a whole number of {unit} up to {max}, or 0 to {off}");
    match sources.get::<T>(name, &expected)? {
        Some(number) if number > max => Err(sources.invalid(name, number.to_string(), &expected)),
        number => Ok(number),
    }
}

/// `None` keeps what the setting is about forever.
pub fn days(sources: &Sources, name: &'static str, default: Option<u32>) -> Result<Option<u32>, ConfigError> {
    interval(sources, name, ("days", MAX_DAYS, default), "keep all")
}

/// `None` is off, which the expectation explains.
pub fn interval(
    sources: &Sources,
    name: &'static str,
    (unit, max, default): (&str, u32, Option<u32>),
    off: &str,
) -> Result<Option<u32>, ConfigError> {
    let interval = whole_or_off(sources, name, unit, max, off)?.or(default);
    Ok(interval.filter(|interval| *interval > 0))
}

/// An empty path would be the folder where the server starts.
pub fn path(sources: &Sources, name: &'static str, expected: &str) -> Result<Option<PathBuf>, ConfigError> {
    match sources.get::<String>(name, expected)? {
        Some(text) if text.is_empty() => Err(sources.invalid(name, text, expected)),
        text => Ok(text.map(PathBuf::from)),
    }
}
