//! Fault injection: three real nodes and a real database under concurrent faults, while clients check the promise.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::deck::Deck;
use crate::faults::{DATABASE_FAULTS, Lane, NODE_FAULTS};
use crate::injector::Injector;
use crate::link::Link;
use crate::nodes::{Cluster, alone};
use crate::seen::Seen;
use crate::tenant::Tenant;
use crate::traffic;
use crate::verifiers::{Balancer, VERIFIER_FAULTS, Verifiers, verdicts_program};
use claviger_testkit::patience::until;
use claviger_testkit::postgres::Postgres;

/// Minimum and maximum pause between two faults of a lane.
const NODES_IN_PEACE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
const DATABASE_IN_PEACE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(20));
const VERIFIERS_IN_PEACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(8));

/// Each has its own realm, because some acts end everything in a realm. The first ones have a verifier, and the last
/// has none: an act that waits for no verifier takes a lease less.
const CLIENT_GROUPS: u64 = 3;

// S52, S53, S54, RV-06, TE-25, IN-11: P1 and P3 under every fault.
#[test]
fn chaos() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let lasts = Duration::from_secs(number("CHAOS_SECONDS").unwrap_or(120));
    let longest_stop = Duration::from_secs(number("CHAOS_LONGEST_STOP").unwrap_or(8));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let seed = number("CHAOS_SEED").unwrap_or(now.as_secs());
    println!("CHAOS_SEED={seed}, {lasts:?}, faults of up to {longest_stop:?}");
    let program = verdicts_program();

    let alone = alone();
    // PostgreSQL does not wait for the disk, which on some machines stalls for seconds. A killed process loses nothing
    // by that; only a failure of the machine would.
    let postgres = Postgres::of_its_own("fsync = off\n");
    let database_url = postgres.fresh_database();
    let name = database_url.split_once(":///").and_then(|(_, rest)| rest.split_once('?')).expect("a URL").0;
    let links: Vec<Link> = (0..3).map(|_| Link::to(postgres.socket())).collect();
    let urls = links.iter().map(|link| link.database_url(name)).collect();
    let balancer = Balancer::start();
    let cluster = Cluster::start_with_own_clocks(alone, database_url.clone(), urls, balancer.url());
    balancer.lead_to(&cluster.addresses);
    let tenants: Vec<Tenant<'_>> =
        (0..CLIENT_GROUPS).map(|group| Tenant::create(&cluster, &format!("g{group}"))).collect();
    let verifiers = Verifiers::start(&balancer, &tenants, &program);
    for follower in &verifiers.followers {
        until("the verifier follows the feed", || follower.is_ready());
    }
    let windows = Mutex::new(Vec::new());
    let injector = Injector {
        cluster: &cluster,
        postgres: &postgres,
        links: &links,
        verifiers: &verifiers,
        until: Instant::now() + lasts,
        lasts,
        windows: &windows,
        troubled: Mutex::default(),
        episodes: Mutex::default(),
        recoveries: Mutex::default(),
        verifier_recoveries: Mutex::default(),
        torn: Mutex::default(),
    };
    let deck = Deck::new(injector.until);
    let mut all = Seen::default();
    thread::scope(|scope| {
        let groups: Vec<_> = tenants
            .iter()
            .zip(1..)
            .map(|(tenant, number)| {
                let (cluster, windows, deck) = (&cluster, &windows, &deck);
                let follower = verifiers.of(tenant);
                scope.spawn(move || {
                    traffic::run(cluster, tenant, follower, seed ^ (number << 32), deck, windows)
                })
            })
            .collect();
        for lane in 0..2 {
            let lane = Lane::new(seed + 10 + lane, &NODE_FAULTS, longest_stop, NODES_IN_PEACE);
            let injector = &injector;
            scope.spawn(move || injector.of_nodes(lane));
        }
        let lane = Lane::new(seed + 20, &DATABASE_FAULTS, longest_stop, DATABASE_IN_PEACE);
        scope.spawn(|| injector.of_the_database(lane));
        for (follower, number) in verifiers.followers.iter().zip(30..) {
            let lane = Lane::new(seed + number, &VERIFIER_FAULTS, longest_stop, VERIFIERS_IN_PEACE);
            let injector = &injector;
            scope.spawn(move || injector.of_verifier(follower, lane));
        }
        for group in groups {
            all.add(group.join().expect("a group of clients"));
        }
    });
    injector.report(&all, seed);
    injector.report_of_verifiers(&all);
}
