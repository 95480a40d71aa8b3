//! How many nodes follow the log.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodesInStep {
    pub in_step: u32,
    pub all: u32,
}

impl NodesInStep {
    pub const fn complete(self) -> bool {
        self.in_step == self.all
    }

    /// `3 of 3 nodes in step`.
    pub fn words(self) -> String {
        format!("{} of {} in step", self.in_step, crate::text::things(&self.all.into(), "node", "nodes"))
    }
}
