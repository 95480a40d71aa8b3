//! What there is at one moment: the database, the nodes, one revocation. Times are ages in ticks, so that nothing grows.

pub const NODES: usize = 2;

/// How often a node may sign in, at most.
pub const INCARNATIONS: usize = 2;

/// One moment. Nodes are alike: they stand in an order of their own, so that twins count once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Where the log ends: 1 when the revocation is committed.
    pub head: u8,
    pub slots: [Slot; NODES],
    pub revocation: Revocation,
    /// Of a mutant alone: the age of a moment before a row is read that is watched.
    pub watching: Option<u8>,
    /// An answer "active" was given to a request that was invoked after the revocation had returned.
    pub violated: bool,
}

/// One node: its process, and what the database and its watcher know of its incarnations.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Under which it is signed in.
    pub incarnation: Option<u8>,
    pub joins: u8,
    /// What it has read, once it has loaded.
    pub hand: Option<u8>,
    /// What it answers from, and the age of the lease over it; `None` is over.
    pub published: u8,
    pub lease: Option<u8>,
    /// It has renewed under this incarnation.
    pub tenured: bool,
    pub renewal: Renewal,
    pub incarnations: [Inc; INCARNATIONS],
    /// An answer that is evaluated and not yet checked, to a request invoked after the revocation had returned: the lease of
    /// the pair that it was made from.
    pub answer: Option<Option<u8>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inc {
    /// Its row in the database: what it says is applied.
    pub row: Option<u8>,
    /// Since when somebody has seen the row as it is now. One who has seen it before its last renewal knows nothing of use.
    pub seen: Option<u8>,
    /// Of a mutant alone: a DELETE is on its way.
    pub evicting: bool,
    /// Known to the revocation from before its commit (of a mutant alone).
    pub known: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renewal {
    #[default]
    Idle,
    /// Sent; the age of the moment before.
    Asked(u8),
    /// Committed, with this head; its answer is on the way.
    Read { age: u8, head: u8 },
    /// Of mutants alone: the lease is published, what belongs to it is not.
    Half { head: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revocation {
    None,
    /// Of mutants alone: it is sent, and the age of the moment before.
    Sent(u8),
    /// The age counts in a mutant alone.
    Committed(u8),
    /// The commit was acknowledged this long ago.
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
            watching: None,
            violated: false,
        }
    }

    pub fn has_returned(&self) -> bool {
        matches!(self.revocation, Revocation::Returned { .. })
    }

    pub fn in_order(mut self) -> Self {
        self.slots.sort_unstable();
        self
    }
}

impl Slot {
    /// Nothing of the process is left; its rows are.
    pub fn forget_process(&mut self) {
        self.sign_out();
        (self.published, self.lease, self.answer) = (0, None, None);
    }

    pub fn sign_out(&mut self) {
        (self.incarnation, self.hand, self.tenured, self.renewal) = (None, None, false, Renewal::Idle);
    }

    /// The row is another one than whoever has seen it before has seen.
    pub fn renumber(&mut self, incarnation: usize) {
        self.incarnations[incarnation].seen = None;
    }
}
