//! Fault injection: three real nodes and a real database under concurrent faults, while clients check the promise.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;

use crate::acts::ACTS;
use crate::checker::{LostAnswers, Window};
use crate::deck::Deck;
use crate::faults::{DATABASE_FAULTS, DatabaseFault, Episode, Lane, NODE_FAULTS, NodeFault};
use crate::link::{Link, Mode};
use crate::nodes::{Cluster, PATIENCE, alone};
use crate::tenant::Tenant;
use crate::traffic::{self, Seen};
use claviger_testkit::postgres::Postgres;

/// Time after readiness until a node must answer as if there had been no fault.
const GRACE: Duration = Duration::from_millis(500);

/// Minimum and maximum pause between two faults of a lane.
const NODES_IN_PEACE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
const DATABASE_IN_PEACE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(20));

/// For `Worsened`: the delay of each piece at first, short enough for a renewal of several pieces to complete; the
/// maximum duration of that phase; and the minimum duration of the silence after it.
const LATE: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(250));
const LATE_FOR: Duration = Duration::from_secs(5);
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(4);

/// Upper bound for a revocation while the database is reachable: waiting out a lease (3.1 s), and a commit that waits
/// while the session of a slow node holds the head of the log (3 s). The rest is for the request itself on a busy
/// machine.
const REVOKED_WITHIN: Duration = Duration::from_millis(3_100 + 3_000 + 500);

/// From the end of a fault until the node answers, if nothing else disturbed it: for nine of ten, or all but two of
/// few.
const USUALLY_HEALED_WITHIN: Duration = Duration::from_millis(1_500);

/// The same for all: a connection attempt that began during the cut ends 3 s later (`connect_timeout`), and the next
/// one succeeds.
const HEALED_WITHIN: Duration = Duration::from_millis(3_000 + 1_500);

/// Each has its own realm, because some acts end everything in a realm.
const CLIENT_GROUPS: u64 = 3;

struct Weather<'a> {
    cluster: &'a Cluster,
    postgres: &'a Postgres,
    links: &'a [Link],
    until: Instant,
    lasts: Duration,
    windows: &'a Mutex<Vec<Window>>,
    /// Nodes that are under a fault now.
    troubled: Mutex<[bool; 3]>,
    /// How often each kind occurred, and how soon a node was ready after its end if there was no other fault.
    episodes: Mutex<BTreeMap<String, u32>>,
    recoveries: Mutex<BTreeMap<String, Vec<Duration>>>,
    torn: Mutex<u32>,
}

// S52, S53, S54, RV-06, TE-25, IN-11: P1 and P3 under every fault.
#[test]
fn chaos() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let lasts = Duration::from_secs(number("CHAOS_SECONDS").unwrap_or(120));
    let longest_stop = Duration::from_secs(number("CHAOS_LONGEST_STOP").unwrap_or(8));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let seed = number("CHAOS_SEED").unwrap_or(now.as_secs());
    println!("CHAOS_SEED={seed}, {lasts:?}, faults of up to {longest_stop:?}");

    let alone = alone();
    // PostgreSQL does not wait for the disk, which on some machines stalls for seconds. A killed process loses nothing
    // by that; only a failure of the machine would.
    let postgres = Postgres::of_its_own("fsync = off\n");
    let database_url = postgres.fresh_database();
    let name = database_url.split_once(":///").and_then(|(_, rest)| rest.split_once('?')).expect("a URL").0;
    let links: Vec<Link> = (0..3).map(|_| Link::to(postgres.socket())).collect();
    let urls = links.iter().map(|link| link.database_url(name)).collect();
    let cluster = Cluster::start_with_own_clocks(alone, database_url.clone(), urls, "warn");
    let tenants: Vec<Tenant<'_>> =
        (0..CLIENT_GROUPS).map(|group| Tenant::create(&cluster, &format!("g{group}"))).collect();
    let windows = Mutex::new(Vec::new());
    let weather = Weather {
        cluster: &cluster,
        postgres: &postgres,
        links: &links,
        until: Instant::now() + lasts,
        lasts,
        windows: &windows,
        troubled: Mutex::default(),
        episodes: Mutex::default(),
        recoveries: Mutex::default(),
        torn: Mutex::default(),
    };
    let deck = Deck::new(weather.until);
    let mut all = Seen::default();
    thread::scope(|scope| {
        let groups: Vec<_> = tenants
            .iter()
            .zip(1..)
            .map(|(tenant, number)| {
                let (cluster, windows, deck) = (&cluster, &windows, &deck);
                scope.spawn(move || traffic::run(cluster, tenant, seed ^ (number << 32), deck, windows))
            })
            .collect();
        for lane in 0..2 {
            let lane = Lane::new(seed + 10 + lane, &NODE_FAULTS, longest_stop, NODES_IN_PEACE);
            let weather = &weather;
            scope.spawn(move || weather.of_nodes(lane));
        }
        let lane = Lane::new(seed + 20, &DATABASE_FAULTS, longest_stop, DATABASE_IN_PEACE);
        scope.spawn(|| weather.of_the_database(lane));
        for group in groups {
            all.add(group.join().expect("a group of clients"));
        }
    });
    weather.report(&all, seed);
}

impl Weather<'_> {
    fn of_nodes(&self, lane: Lane<NodeFault>) {
        for episode in lane {
            if !self.pause(episode.pause) {
                return;
            }
            let Some(node) = self.take_node(episode.node) else { continue };
            let window = self.open(Some(node), episode.kind.clock_offset().is_some());
            let healed = self.befall_node(node, &episode);
            self.wait_until_ready(node, healed, &episode);
            self.wait_until_renewed(node, healed);
            self.close(window);
            self.troubled.lock().expect("nodes")[node] = false;
            self.count(&episode);
        }
    }

    /// Returns when the fault has ended.
    fn befall_node(&self, node: usize, episode: &Episode<NodeFault>) -> Instant {
        let (cluster, link) = (self.cluster, &self.links[node]);
        match episode.kind {
            NodeFault::Silenced => link.set(Mode::Silent),
            NodeFault::Cut => link.set(Mode::Cut),
            NodeFault::Slowed => link.set(Mode::Slow(episode.delay)),
            NodeFault::Worsened => {
                link.set(Mode::Slow(episode.delay.clamp(LATE.0, LATE.1)));
                thread::sleep(episode.lasts.min(LATE_FOR));
                link.set(Mode::Silent);
                thread::sleep(LONGER_THAN_A_LEASE);
            }
            NodeFault::Stopped => cluster.signal(node, Signal::STOP),
            NodeFault::Killed => cluster.kill(node),
            NodeFault::Left => drop(cluster.node(node).take().expect("it runs").terminate()),
            NodeFault::ClockAhead | NodeFault::ClockBehind => {
                cluster.set_clock(node, episode.kind.clock_offset().expect("an offset"));
            }
        }
        thread::sleep(episode.lasts);
        let mut healed = Instant::now();
        match episode.kind {
            NodeFault::Silenced | NodeFault::Cut | NodeFault::Slowed | NodeFault::Worsened => {
                link.set(Mode::Open);
            }
            NodeFault::Stopped => cluster.signal(node, Signal::CONT),
            NodeFault::Killed | NodeFault::Left => cluster.start_node_in_bad_weather(node),
            NodeFault::ClockAhead | NodeFault::ClockBehind => {
                cluster.set_clock(node, 0);
                // The node's clock reads the file once a second.
                thread::sleep(Duration::from_secs(1));
                healed = Instant::now();
            }
        }
        healed
    }

    fn of_the_database(&self, lane: Lane<DatabaseFault>) {
        for episode in lane {
            if !self.pause(episode.pause) {
                return;
            }
            let window = self.open(None, false);
            match episode.kind {
                DatabaseFault::Restarted => self.stop_database("fast", episode.lasts),
                DatabaseFault::Crashed => self.stop_database("immediate", episode.lasts),
                DatabaseFault::CommitsTorn => self.tear_commits(episode.lasts.min(Duration::from_secs(2))),
            }
            let healed = Instant::now();
            for node in 0..3 {
                // The lane of another fault waits for its own node.
                if !self.troubled.lock().expect("nodes")[node] {
                    self.wait_until_ready(node, healed, &episode);
                    self.wait_until_renewed(node, healed);
                }
            }
            self.close(window);
            self.count(&episode);
        }
    }

    fn stop_database(&self, mode: &str, lasts: Duration) {
        self.postgres.stop(mode);
        thread::sleep(lasts);
        self.postgres.start_again();
    }

    /// Repeatedly ends sessions that are about to commit a change.
    fn tear_commits(&self, lasts: Duration) {
        let sql = format!(
            "DO $$ DECLARE torn int := 0; BEGIN \
             WHILE clock_timestamp() < now() + interval '{} ms' LOOP PERFORM pg_stat_clear_snapshot(); \
             SELECT torn + count(pg_terminate_backend(pid)) INTO torn FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL \
             AND (query ILIKE 'commit%' AND state = 'active' OR query ILIKE 'notify%' OR query ILIKE '%log_head%'); \
             PERFORM pg_sleep(0.001); END LOOP; PERFORM set_config('claviger.torn', torn::text, false); END $$; \
             SELECT current_setting('claviger.torn')",
            lasts.as_millis()
        );
        let torn = self.postgres.psql(&self.cluster.database_url, &sql);
        *self.torn.lock().expect("a number") += torn.trim().parse::<u32>().expect("a number");
    }

    /// Returns whether there is time left.
    fn pause(&self, pause: Duration) -> bool {
        thread::sleep(pause.min(self.until.saturating_duration_since(Instant::now())));
        Instant::now() < self.until
    }

    /// That node, or the next one without a fault; one node always stays without a fault.
    fn take_node(&self, wanted: usize) -> Option<usize> {
        let mut troubled = self.troubled.lock().expect("nodes");
        if troubled.iter().filter(|troubled| **troubled).count() == 2 {
            return None;
        }
        let node = (0..3).map(|step| (wanted + step) % 3).find(|node| !troubled[*node])?;
        troubled[node] = true;
        Some(node)
    }

    fn open(&self, node: Option<usize>, clock: bool) -> usize {
        let mut windows = self.windows.lock().expect("windows");
        windows.push(Window { node, clock, begun: Instant::now(), ended: None });
        windows.len() - 1
    }

    fn close(&self, window: usize) {
        self.windows.lock().expect("windows")[window].ended = Some(Instant::now() + GRACE);
    }

    fn wait_until_ready<K: Debug>(&self, node: usize, healed: Instant, episode: &Episode<K>) {
        while !self.cluster.is_ready(node) {
            // The database may be under another fault, for as long as that lasts.
            let since = self.latest_heal().map_or(healed, |latest| latest.max(healed));
            let waited = since.elapsed();
            assert!(
                self.is_database_in_trouble() || waited < PATIENCE,
                "node-{node} does not come back in {waited:?}"
            );
            thread::sleep(Duration::from_millis(10));
        }
        if !self.is_disturbed_since(healed, node) {
            let mut recoveries = self.recoveries.lock().expect("durations");
            recoveries.entry(format!("{:?}", episode.kind)).or_default().push(healed.elapsed());
        }
    }

    /// A node may answer under a lease from before the fault. It has recovered when it holds a lease that it requested
    /// after the fault.
    fn wait_until_renewed(&self, node: usize, healed: Instant) {
        let begun = Instant::now();
        while self.cluster.lease_began(node).is_none_or(|began| began < healed) {
            let waited = self.latest_heal().map_or(begun, |latest| latest.max(begun)).elapsed();
            assert!(
                self.is_database_in_trouble() || waited < PATIENCE,
                "node-{node} does not renew its lease in {waited:?}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the database or another node was under a fault after that moment.
    fn is_disturbed_since(&self, healed: Instant, node: usize) -> bool {
        let windows = self.windows.lock().expect("windows");
        let mut others = windows.iter().filter(|window| window.node != Some(node));
        others.any(|window| window.ended.is_none_or(|ended| ended >= healed))
    }

    fn is_database_in_trouble(&self) -> bool {
        let windows = self.windows.lock().expect("windows");
        windows.iter().any(|window| window.node.is_none() && window.ended.is_none())
    }

    fn latest_heal(&self) -> Option<Instant> {
        let windows = self.windows.lock().expect("windows");
        windows.iter().filter(|window| window.node.is_none()).filter_map(|window| window.ended).max()
    }

    fn count<K: Debug>(&self, episode: &Episode<K>) {
        *self.episodes.lock().expect("numbers").entry(format!("{:?}", episode.kind)).or_default() += 1;
    }

    fn report(&self, seen: &Seen, seed: u64) {
        let tally = &seen.tally;
        let episodes = self.episodes.lock().expect("numbers");
        println!(
            "{} races, {} violations; {} of {} questions to healthy nodes answered active; {} fault episodes: {episodes:?}, \
             {} sessions ended in the middle of a change",
            tally.races,
            tally.violations.len(),
            tally.active,
            tally.asked,
            episodes.values().sum::<u32>(),
            self.torn.lock().expect("a number"),
        );
        println!("revocations at nodes that were well, confirmed: {}", spread(&seen.confirmed));
        println!("the same, waited out: {}", spread(&seen.waited_out));
        println!(
            "at nodes in trouble, or after some that were: {}; without any answer: {}",
            spread(&seen.repeated),
            seen.unanswered
        );
        for act in ACTS {
            let LostAnswers { answered, lost } = seen.acts.get(&act).copied().unwrap_or_default();
            println!("{act:?}: answered {answered} times, {lost} of them after a lost answer");
        }
        for (kind, durations) in self.recoveries.lock().expect("durations").iter() {
            println!("from healed to ready, {kind}: {}", spread(durations));
        }
        let lapses: Vec<_> = tally.lapses.iter().take(20).collect();
        println!("questions to healthy nodes that were not answered active, the first 20: {lapses:#?}");
        assert!(tally.violations.is_empty(), "CHAOS_SEED={seed}: {:#?}", tally.violations);
        let kinds = NODE_FAULTS.map(|kind| format!("{kind:?}")).into_iter();
        for kind in kinds.chain(DATABASE_FAULTS.map(|kind| format!("{kind:?}"))) {
            assert!(episodes.contains_key(&kind), "{kind} did not happen: {episodes:?}");
        }
        for act in ACTS {
            assert!(seen.acts.contains_key(&act), "{act:?} was never answered, also after the faults");
        }
        assert!(tally.races > 1_000, "only {} races", tally.races);
        let slowest = seen.confirmed.iter().chain(&seen.waited_out).max();
        assert!(
            slowest.is_none_or(|slowest| *slowest <= REVOKED_WITHIN),
            "a healthy node took {slowest:?} to revoke"
        );
        let recoveries = self.recoveries.lock().expect("durations");
        let all: Vec<Duration> = recoveries.values().flatten().copied().collect();
        let slow = all.iter().filter(|took| **took > USUALLY_HEALED_WITHIN).count();
        let slowest = all.iter().max();
        assert!(slow <= (all.len() / 10).max(2), "{slow} of {} were slow to heal: {recoveries:?}", all.len());
        assert!(slowest.is_none_or(|slowest| *slowest <= HEALED_WITHIN), "slow to heal: {recoveries:?}");
        // One in a thousand, and the requests of one second, for which the whole machine may stall.
        let seconds = self.lasts.as_secs().max(1);
        let allowed = tally.asked / 1_000 + tally.asked / seconds;
        assert!(
            tally.asked - tally.active <= allowed,
            "only {} of {} were answered active: {lapses:#?}",
            tally.active,
            tally.asked
        );
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.confirmed.extend(other.confirmed);
        self.waited_out.extend(other.waited_out);
        self.repeated.extend(other.repeated);
        self.unanswered += other.unanswered;
        for (act, LostAnswers { answered, lost }) in other.acts {
            let own = self.acts.entry(act).or_default();
            own.answered += answered;
            own.lost += lost;
        }
    }
}

fn percentile(durations: &[Duration], share: usize) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) * share / 100]
}

/// The count, and the usual percentiles.
fn spread(durations: &[Duration]) -> String {
    let at = |share| percentile(durations, share);
    match durations.len() {
        0 => "none".to_owned(),
        count => format!("{count}, p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100)),
    }
}
