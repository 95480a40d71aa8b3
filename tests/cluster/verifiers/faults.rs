//! The faults of a verifier.

/// A fault of one verifier. It also has those of the node that it is led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerifierFault {
    /// Nothing arrives between it and its node, and nothing fails.
    Silenced,
    /// Its connections are reset, and it gets no new ones.
    Cut,
    /// SIGSTOP, then SIGCONT.
    Stopped,
    /// SIGKILL, then a new process.
    Killed,
    /// Its connections are reset, and it is led to another node.
    Hopped,
    /// A new process gets its first answer late, and then nothing: the answer is older than it appears.
    AnsweredLate,
}

pub const VERIFIER_FAULTS: [VerifierFault; 6] = [
    VerifierFault::Silenced,
    VerifierFault::Cut,
    VerifierFault::Stopped,
    VerifierFault::Killed,
    VerifierFault::Hopped,
    VerifierFault::AnsweredLate,
];
