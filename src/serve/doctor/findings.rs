//! What was looked at, and how it was found.

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    /// What is the case, in a few words or a sentence.
    pub found: String,
    /// What to do about it; nothing is wrong where there is nothing to do.
    pub advice: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn fine(&mut self, what: &'static str, found: impl Into<String>) {
        self.0.push(Finding { what, found: found.into(), advice: None });
    }

    pub fn wrong(&mut self, what: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Finding { what, found: found.into(), advice: Some(advice.into()) });
    }
}
