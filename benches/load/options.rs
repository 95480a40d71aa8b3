//! Command line options.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Attempt;
use crate::servers::baseline::Work;
use crate::traffic::shape::Shape;

pub const USAGE: &str = "\
Usage: cargo bench --bench load -- [--quick] [--rows ROW,…] [--server PATH]
  --quick        one short round of everything
  --rows ROW,…   only these: tokens, introspection, first, repeated, latency, sql, empty, timing, flood,
                 half-open, list-100k, console, vault, import, start-1m, cluster, growth, logins, realms,
                 verification, attached, growth-1m (left out unless named)
  --server PATH  measure this claviger instead of the one that cargo has just built";

pub enum Invocation {
    Measure(Options),
    /// Runs this executable as one of the baseline servers.
    Baseline {
        work: Work,
        listen: SocketAddr,
        shape: Shape,
    },
    Explain,
    /// Runs this executable as a service that verifies tokens.
    Verification {
        rounds: usize,
        revocations: usize,
    },
    /// `cargo test --all-targets` also runs benchmarks, without `--bench`; nothing is measured then.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    Tokens,
    Introspection,
    First,
    Repeated,
    Latency,
    Sql,
    Empty,
    Timing,
    Flood,
    Import,
    HalfOpen,
    Lists,
    /// Bytes and time of the console's pages.
    Console,
    /// Resolving, validating and listing source credentials.
    Vault,
    Million,
    Cluster,
    Growth,
    /// Cost of `docker login` with expired tokens.
    Logins,
    Realms,
    /// Offline verification of tokens.
    Verification,
    /// Verifiers that follow the feed of one server.
    Attached,
    /// As `Growth`, with up to a million credentials.
    LongGrowth,
}

impl Subject {
    const ALL: [Self; 22] = [
        Self::Empty,
        Self::Tokens,
        Self::Introspection,
        Self::First,
        Self::Repeated,
        Self::Latency,
        Self::Sql,
        Self::Timing,
        Self::Flood,
        Self::Import,
        Self::HalfOpen,
        Self::Lists,
        Self::Console,
        Self::Vault,
        Self::Million,
        Self::Cluster,
        Self::Growth,
        Self::Logins,
        Self::Realms,
        Self::Verification,
        Self::Attached,
        Self::LongGrowth,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Introspection => "introspection",
            Self::First => "first",
            Self::Repeated => "repeated",
            Self::Latency => "latency",
            Self::Sql => "sql",
            Self::Empty => "empty",
            Self::Timing => "timing",
            Self::Flood => "flood",
            Self::Import => "import",
            Self::HalfOpen => "half-open",
            Self::Lists => "list-100k",
            Self::Console => "console",
            Self::Vault => "vault",
            Self::Million => "start-1m",
            Self::Cluster => "cluster",
            Self::Growth => "growth",
            Self::Logins => "logins",
            Self::Realms => "realms",
            Self::Verification => "verification",
            Self::Attached => "attached",
            Self::LongGrowth => "growth-1m",
        }
    }
}

pub struct Options {
    pub server: PathBuf,
    pub subjects: Vec<Subject>,
    pub pace: Pace,
}

/// Durations and counts of the measurements.
#[derive(Clone, Copy)]
pub struct Pace {
    pub rounds: usize,
    pub warm_up: Duration,
    pub measurement: Duration,
    pub open_loop: Duration,
    pub starts: usize,
    pub timing_pairs: usize,
    /// Number of tokens introspected while PostgreSQL counts statements.
    pub counted_tokens: usize,
    pub flood: Duration,
    /// Number of imported credentials.
    pub imported: usize,
    /// Number of credentials of the realm in whose console pages are opened, and in which one is searched.
    pub paged: usize,
    pub searched: usize,
    /// Number of credentials that a server starts with.
    pub credentials: u64,
    /// Number of sequential revocations.
    pub revoked: usize,
    /// The largest number of expired registry tokens.
    pub expired: u64,
    /// The largest number of realms that a server starts with.
    pub realms: usize,
    /// Number of source credentials to list.
    pub source_credentials: usize,
    /// Number of entries in the set of a verifier.
    pub revocations: usize,
    /// Number of verifiers that follow one server.
    pub verifiers: u16,
    /// Number of sequential revocations that wait for them.
    pub revoked_beside_verifiers: usize,
    /// How long a server is watched that has nothing to do but to answer them.
    pub idle: Duration,
}

const FULL: Pace = Pace {
    rounds: 5,
    warm_up: Duration::from_millis(300),
    measurement: Duration::from_secs(2),
    open_loop: Duration::from_secs(2),
    starts: 5,
    timing_pairs: 20_000,
    counted_tokens: 20_000,
    flood: Duration::from_secs(4),
    imported: 100_000,
    paged: 10_000,
    searched: 100_000,
    credentials: 1_000_000,
    revoked: 1_000,
    expired: 100_000,
    realms: 10_000,
    source_credentials: 10_000,
    revocations: 1_000_000,
    verifiers: 1_000,
    revoked_beside_verifiers: 200,
    idle: Duration::from_secs(10),
};

const QUICK: Pace = Pace {
    rounds: 1,
    warm_up: Duration::from_millis(100),
    measurement: Duration::from_millis(500),
    open_loop: Duration::from_millis(500),
    starts: 1,
    timing_pairs: 2_000,
    counted_tokens: 5_000,
    flood: Duration::from_secs(1),
    imported: 10_000,
    paged: 1_000,
    searched: 10_000,
    credentials: 100_000,
    revoked: 200,
    expired: 10_000,
    realms: 100,
    source_credentials: 500,
    revocations: 100_000,
    verifiers: 100,
    revoked_beside_verifiers: 20,
    idle: Duration::from_secs(2),
};

impl Invocation {
    pub fn parse(arguments: impl Iterator<Item = String>, built_server: &str) -> Attempt<Self> {
        let arguments: Vec<String> = arguments.collect();
        if let [flag, work, listen, shape] = arguments.as_slice()
            && flag == "--baseline"
        {
            return Ok(Self::Baseline {
                work: Work::parse(work)?,
                listen: listen.parse().map_err(|_| format!("{listen} is not an address and a port."))?,
                shape: Shape::parse(shape)?,
            });
        }

        if let [flag, rounds, revocations] = arguments.as_slice()
            && flag == "--verification"
        {
            let number = |text: &str| text.parse().map_err(|_| format!("{text} is not a number."));
            return Ok(Self::Verification { rounds: number(rounds)?, revocations: number(revocations)? });
        }

        let by_default = Subject::ALL.into_iter().filter(|subject| *subject != Subject::LongGrowth);
        let mut options =
            Options { server: PathBuf::from(built_server), subjects: by_default.collect(), pace: FULL };
        let mut asked = false;
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value.\n{USAGE}"));
            match argument.as_str() {
                "--bench" => asked = true,
                "--help" | "-h" => return Ok(Self::Explain),
                "--quick" => options.pace = QUICK,
                "--rows" => options.subjects = chosen(&value()?)?,
                "--server" => options.server = PathBuf::from(value()?),
                "--list" | "--test" => return Ok(Self::Nothing),
                other => return Err(format!("{other} is not an option of this benchmark.\n{USAGE}")),
            }
        }
        Ok(if asked { Self::Measure(options) } else { Self::Nothing })
    }
}

fn chosen(names: &str) -> Attempt<Vec<Subject>> {
    let find = |name: &str| {
        let found = Subject::ALL.into_iter().find(|subject| subject.name() == name.trim());
        found.ok_or_else(|| format!("There is no row {name:?}.\n{USAGE}"))
    };
    let asked: Vec<Subject> = names.split(',').map(find).collect::<Attempt<_>>()?;
    Ok(Subject::ALL.into_iter().filter(|subject| asked.contains(subject)).collect())
}
