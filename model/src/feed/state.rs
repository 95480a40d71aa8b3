//! One state: the database, two servers, a verifier and one revocation. Times are ages in ticks.

pub const SERVERS: usize = 2;

/// The maximum sign-ins of a server.
pub const RUNS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeedState {
    /// The end of the log: 1 once the revocation is committed.
    pub head: u8,
    pub servers: [Server; SERVERS],
    pub verifier: Holder,
    pub revocation: Wait,
    /// Only in a mutant: the row of the verifier as read, with its age, before those of the servers.
    pub early: Option<(u8, [[Option<u8>; RUNS]; SERVERS])>,
    /// Only in a mutant: whether a verifier was found in the first round.
    pub fixed: Option<bool>,
}

/// One server: its process, and the rows of its runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// The run that is signed in.
    pub run: Option<u8>,
    pub joins: u8,
    /// The position that it answers from, the age of its lease, and the run that published both.
    pub published: u8,
    pub lease: Option<u8>,
    pub lease_of: u8,
    /// What it knows of the verifier.
    pub known: Option<Known>,
    /// It has forgotten the verifier and is about to delete the row. Whether that is as it was seen.
    pub deleting: Option<bool>,
    pub rows: [RunRows; RUNS],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    pub acked: u8,
    /// The time since it was heard.
    pub heard: u8,
}

/// The rows of one run in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunRows {
    /// The position reported as applied.
    pub member: Option<u8>,
    /// The position acknowledged by the verifier.
    pub verifier: Option<u8>,
    /// The time since the row of the verifier was first seen without that of the member.
    pub absent: Option<u8>,
}

/// The verifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The position of its set.
    pub position: u8,
    /// The age of its lease.
    pub lease: Option<u8>,
    pub poll: Option<Poll>,
    /// The first page of a set: its position, and the age of its request.
    pub first: Option<(u8, u8)>,
}

/// A request that the verifier waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Poll {
    pub server: u8,
    /// The age of the time taken before it was sent.
    pub asked: u8,
    pub after: u8,
    pub stage: Stage,
    /// Whether the row is committed, and which run had published the state that the server answered from by then.
    pub heard: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Sent,
    /// Evaluated on a pair: its position, and the age of its lease, if that still runs.
    Loaded {
        position: u8,
        lease: Option<u8>,
    },
    /// On its way back.
    Answered {
        position: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    None,
    /// The age of the commit's acknowledgment.
    Waiting(u8),
    Returned {
        confirmed: bool,
    },
}

impl FeedState {
    pub fn start() -> Self {
        Self {
            head: 0,
            servers: Default::default(),
            verifier: Holder::default(),
            revocation: Wait::None,
            early: None,
            fixed: None,
        }
    }

    pub fn has_returned(&self) -> bool {
        matches!(self.revocation, Wait::Returned { .. })
    }

    /// Servers with the same bounds are interchangeable: sorting them merges equivalent states.
    pub fn in_order(mut self) -> Self {
        if self.servers[0] > self.servers[1] {
            self.servers.swap(0, 1);
            if let Some((_, rows)) = &mut self.early {
                rows.swap(0, 1);
            }
            if let Some(poll) = &mut self.verifier.poll {
                poll.server = 1 - poll.server;
            }
        }
        self
    }

    pub fn verifier_rows(&self) -> [[Option<u8>; RUNS]; SERVERS] {
        self.servers.map(|server| server.rows.map(|rows| rows.verifier))
    }
}
