//! Why something could not be measured, as a sentence for the person who ran the benchmark.

use std::fmt::Display;

pub type Attempt<T> = Result<T, String>;

pub fn while_doing<E: Display>(what: impl Display) -> impl FnOnce(E) -> String {
    move |error| format!("Failed while {what}: {error}")
}
