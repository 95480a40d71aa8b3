//! The results of the checks.

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    /// The observed state, in a few words or a sentence.
    pub found: String,
    /// The recommended action; `None` if nothing is wrong.
    pub advice: Option<String>,
}

impl Finding {
    pub fn is_fine(&self) -> bool {
        self.advice.is_none()
    }
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
