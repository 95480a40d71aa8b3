//! Injects faults into the nodes and the database, and waits until they have recovered.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::checker::Window;
use crate::faults::{DatabaseFault, Episode, Lane, NodeFault};
use crate::link::{Link, Mode};
use crate::nodes::{Cluster, PATIENCE};
use crate::verifiers::Verifiers;
use claviger_testkit::postgres::Postgres;

/// Time after readiness until a node must answer as if there had been no fault.
pub const GRACE: Duration = Duration::from_millis(500);

/// For `Worsened`: the delay of each piece at first, short enough for a renewal of several pieces to complete; the
/// maximum duration of that phase; and the minimum duration of the silence after it.
const LATE: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(250));
const LATE_FOR: Duration = Duration::from_secs(5);
pub const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(4);

pub struct Injector<'a> {
    pub cluster: &'a Cluster,
    pub postgres: &'a Postgres,
    pub links: &'a [Link],
    pub verifiers: &'a Verifiers<'a>,
    pub until: Instant,
    pub lasts: Duration,
    pub windows: &'a Mutex<Vec<Window>>,
    /// Nodes that are under a fault now.
    pub troubled: Mutex<[bool; 3]>,
    /// How often each kind occurred, and how soon a node was ready after its end if there was no other fault.
    pub episodes: Mutex<BTreeMap<String, u32>>,
    pub recoveries: Mutex<BTreeMap<String, Vec<Duration>>>,
    /// How soon a verifier had a lease after the end of its fault.
    pub verifier_recoveries: Mutex<BTreeMap<String, Vec<Duration>>>,
    pub torn: Mutex<u32>,
}

impl Injector<'_> {
    pub fn of_nodes(&self, lane: Lane<NodeFault>) {
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
            self.count(&format!("{:?}", episode.kind));
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
            NodeFault::Killed | NodeFault::Left => cluster.start_node_under_faults(node),
            NodeFault::ClockAhead | NodeFault::ClockBehind => {
                cluster.set_clock(node, 0);
                // The node's clock reads the file once a second.
                thread::sleep(Duration::from_secs(1));
                healed = Instant::now();
            }
        }
        healed
    }

    pub fn of_the_database(&self, lane: Lane<DatabaseFault>) {
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
            self.count(&format!("{:?}", episode.kind));
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
    pub fn pause(&self, pause: Duration) -> bool {
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

    pub fn is_database_in_trouble(&self) -> bool {
        let windows = self.windows.lock().expect("windows");
        windows.iter().any(|window| window.node.is_none() && window.ended.is_none())
    }

    pub fn latest_heal(&self) -> Option<Instant> {
        let windows = self.windows.lock().expect("windows");
        windows.iter().filter(|window| window.node.is_none()).filter_map(|window| window.ended).max()
    }

    pub fn count(&self, kind: &str) {
        *self.episodes.lock().expect("numbers").entry(kind.to_owned()).or_default() += 1;
    }
}
