//! What one search covers.

use crate::mutant::Mutant;

/// The bounds of one search, and its mutant.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// The maximum sign-ins of each node.
    pub incarnations: usize,
    /// A lease ends after this many ticks, on any clock.
    pub ticks: u8,
    /// Whether revocations share commits and reads of the members.
    pub shared: bool,
    pub mutant: Option<Mutant>,
}

impl Protocol {
    pub fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}
