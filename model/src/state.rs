//! One state: the database, the nodes and one revocation. Times are ages in ticks, so that the state space is finite.

use claviger_domain::{Looks, SharedCommit, Ticket};

pub const NODES: usize = 2;

/// The maximum sign-ins of a node.
pub const INCARNATIONS: usize = 2;

/// One state. Nodes are interchangeable: sorting them merges equivalent states.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The end of the log: 1 once the revocation is committed.
    pub head: u8,
    pub slots: [Slot; NODES],
    pub revocation: Revocation,
    /// The result of the revocation's transaction.
    pub commit: SharedCommit<()>,
    /// Member reads shared by all waiting revocations, the one in progress, and the one that the revocation may use.
    pub looks: Looks<Look>,
    pub looking: Option<(u64, Look)>,
    pub ticket: Option<Ticket>,
    /// Only in a mutant: the age of a time before an observed row is read.
    pub watching: Option<u8>,
    /// Set when a request invoked after the revocation had returned was answered "active".
    pub violated: bool,
}

/// One node: its process, and the state of its incarnations in the database and at their observer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The incarnation that is signed in.
    pub incarnation: Option<u8>,
    pub joins: u8,
    /// The position read, once it has loaded.
    pub hand: Option<u8>,
    /// The position that it answers from, and the age of its lease; `None` means that the lease has ended.
    pub published: u8,
    pub lease: Option<u8>,
    /// Whether it has renewed as this incarnation.
    pub tenured: bool,
    pub pass: Option<Pass>,
    pub incarnations: [Inc; INCARNATIONS],
    /// An evaluated but unchecked answer to a request invoked after the revocation had returned. It holds the lease of
    /// the pair that it was made from.
    pub answer: Option<Option<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inc {
    /// Its row in the database: the position reported as applied.
    pub row: Option<u8>,
    /// The time since an observer first saw the row in its current form. An observation from before its last renewal is
    /// useless.
    pub seen: Option<u8>,
    /// Only in a mutant: a DELETE is in progress.
    pub evicting: bool,
    /// Only in a mutant: known to the revocation from before its commit.
    pub known: bool,
}

/// The progress of a node through its follower's steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pass {
    /// The next step.
    pub next: u8,
    /// The age of the time taken, until it is published.
    pub asked: Option<u8>,
    /// The head read by the renewal, until it is published.
    pub head: Option<u8>,
    /// Only in a mutant: the lease is published, but its snapshot is not.
    pub half: bool,
}

/// The rows of all members as one database read returned them, and the age of the time taken before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    pub age: u8,
    pub rows: Option<Rows>,
}

pub type Rows = [[Option<u8>; INCARNATIONS]; NODES];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revocation {
    None,
    /// Only in mutants: it was sent, and the age of the time before that.
    Sent(u8),
    /// Its row is written in an open transaction that other changes share.
    Written,
    /// The age matters only in a mutant.
    Committed(u8),
    /// The age of the commit's acknowledgment.
    Waiting(u8),
    Returned {
        confirmed: bool,
    },
}

impl State {
    pub fn start() -> Self {
        Self {
            head: 0,
            slots: Default::default(),
            revocation: Revocation::None,
            commit: SharedCommit::Open,
            looks: Looks::default(),
            looking: None,
            ticket: None,
            watching: None,
            violated: false,
        }
    }

    pub fn has_returned(&self) -> bool {
        matches!(self.revocation, Revocation::Returned { .. })
    }

    /// The rows of all members.
    pub fn rows(&self) -> Rows {
        self.slots.each_ref().map(|slot| slot.incarnations.map(|inc| inc.row))
    }

    pub fn in_order(mut self) -> Self {
        // A read of the members refers to nodes by index.
        if self.looking.is_none() && self.ticket.is_none() {
            self.slots.sort_unstable();
            // Without a waiting revocation the numbers of reads would only grow.
            self.looks = Looks::default();
        }
        self
    }
}

impl Slot {
    /// Removes the state of the process; its rows stay.
    pub fn forget_process(&mut self) {
        self.sign_out();
        (self.published, self.lease, self.answer) = (0, None, None);
    }

    pub fn sign_out(&mut self) {
        (self.incarnation, self.hand, self.tenured, self.pass) = (None, None, false, None);
    }

    /// The row changes, so earlier observations no longer apply.
    pub fn renumber(&mut self, incarnation: usize) {
        self.incarnations[incarnation].seen = None;
    }
}
