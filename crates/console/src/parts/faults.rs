//! What is wrong with a form that was sent.

use crate::links::Address;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The id of the field, which is its name too.
    pub field: &'static str,
    /// Names the field in the note above the form.
    pub label: &'static str,
    /// What would be right.
    pub sentence: String,
    /// Where to go instead, with its words.
    pub link: Option<(String, Address)>,
}

/// In the order of the form; empty for a form that is shown for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn of(&self, field: &str) -> Option<&Fault> {
        self.0.iter().find(|fault| fault.field == field)
    }

    /// Whether this is the field to begin with.
    pub fn is_first(&self, field: &str) -> bool {
        self.0.first().is_some_and(|fault| fault.field == field)
    }

    /// `2 fields need you.`
    pub fn count(&self) -> String {
        let count = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        crate::text::things(&count, "field needs you.", "fields need you.")
    }
}
