//! Work that one server at a time does: claims, leases, requests, backoff, and what stops it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use claviger::crypto::SystemRandomness;
use claviger::jobs::{Bounds, Failed, JobKind, Next, Run, Runner, RunnerParts, Subjects};
use claviger::snapshot::ClockAlarm;
use claviger::store::{Claim, Finished, JobRow, PlannedJob, Store};
use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{Clock, Randomness};

use claviger_testkit::clock::StillClock;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::World;

const KIND: &str = "test";
const LEASE: i64 = 30;

/// A connection of its own, as another server has.
fn another_store(world: &World) -> Arc<Store> {
    Arc::new(Store::open(&world.database_url.parse().expect("a URL")).expect("a store"))
}

fn planned(subject: &str, realm: Option<&str>, due_at: Timestamp) -> PlannedJob {
    let realm = realm.map(|realm| realm.parse().expect("a label"));
    PlannedJob { kind: KIND, subject: subject.to_owned(), realm, due_at }
}

fn claim(store: &Store, owner: &str, now: Timestamp) -> Option<Claim> {
    store.jobs().claim(KIND, owner, (now, now.plus_seconds(LEASE)), &[]).expect("a claim")
}

fn finished(at: Timestamp) -> Finished<'static> {
    let (next, next_if_requested) = (at.plus_seconds(3_600), at.plus_seconds(60));
    Finished { at, next, next_if_requested, failures: 0, outcome: "done" }
}

fn row(store: &Store, subject: &str) -> JobRow {
    store.jobs().find(KIND, subject).expect("a query").expect("a row")
}

type Work = Box<dyn Fn(&Run<'_>) -> Result<Next, Failed> + Send + Sync>;

struct TestKind {
    subjects: Mutex<Vec<PlannedJob>>,
    bounds: Bounds,
    work: Work,
}

impl JobKind for TestKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::These(self.subjects.lock().expect("the subjects").clone()))
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        (self.work)(run)
    }
}

fn kind(
    subjects: Vec<PlannedJob>,
    bounds: Bounds,
    work: impl Fn(&Run<'_>) -> Result<Next, Failed> + Send + Sync + 'static,
) -> Arc<TestKind> {
    Arc::new(TestKind { subjects: Mutex::new(subjects), bounds, work: Box::new(work) })
}

/// With a clock of its own.
fn runner(store: &Arc<Store>, clock: &Arc<StillClock>, kind: &Arc<TestKind>) -> Runner {
    let clock: Arc<dyn Clock> = clock.clone();
    let parts = RunnerParts {
        store: store.clone(),
        alarm: Arc::new(ClockAlarm::new(clock)),
        randomness: Arc::new(SystemRandomness::new()),
        owner: "tester".to_owned(),
    };
    let kind: Arc<dyn JobKind> = kind.clone();
    Runner::start(parts, vec![kind]).expect("a thread")
}

on_both_databases! {
    fn each_job_is_claimed_once_by_whoever_comes_first(world: World) {
        // Its own runner does not know the kind of these tests.
        world.stop();
        const JOBS: usize = 40;
        let now = world.clock.now();
        let stores: Vec<_> = (0..4).map(|_| another_store(&world)).collect();
        let jobs: Vec<_> = (0..JOBS).map(|number| planned(&number.to_string(), None, now)).collect();
        stores[0].jobs().plan(&jobs).unwrap();
        let (start, claimed) = (Barrier::new(stores.len()), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for (number, store) in stores.iter().enumerate() {
                let (start, claimed) = (&start, &claimed);
                scope.spawn(move || {
                    start.wait();
                    while let Some(claim) = claim(store, &number.to_string(), now) {
                        claimed.lock().unwrap().push(claim.subject);
                    }
                });
            }
        });
        let claimed = claimed.into_inner().unwrap();
        assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), JOBS);
        assert_eq!(claimed.len(), JOBS, "a job was claimed twice");
    }

    fn owner_whose_lease_was_taken_over_writes_nothing(world: World) {
        world.stop();
        let (store, now) = (another_store(&world), world.clock.now());
        store.jobs().plan(&[planned("a", None, now)]).unwrap();
        let first = claim(&store, "one", now).expect("due");
        assert_eq!((first.attempt, first.failures), (1, 0));
        let late = now.plus_seconds(LEASE);
        assert_eq!(claim(&store, "two", late.plus_seconds(-1)), None, "the lease holds");
        let second = claim(&store, "two", late).expect("the lease has ended");
        assert_eq!((second.attempt, second.failures), (2, 1), "a server that disappeared has failed");
        let before = row(&store, "a");
        assert!(!store.jobs().renew(&first, late.plus_seconds(900)).unwrap());
        assert!(!store.jobs().finish(&first, &finished(late)).unwrap());
        assert!(!store.jobs().remove(&first).unwrap());
        assert!(!store.jobs().is_held(&first).unwrap() && store.jobs().is_held(&second).unwrap());
        assert_eq!(row(&store, "a"), before);
        // The same owner again, as after a wrong clock: the attempt tells the difference.
        let third = claim(&store, "two", late.plus_seconds(LEASE)).expect("the lease has ended");
        assert!(!store.jobs().finish(&second, &finished(late)).unwrap());
        assert!(store.jobs().finish(&third, &finished(late)).unwrap());
        let after = row(&store, "a");
        assert_eq!((after.owner, after.failures), (None, 0));
        assert_eq!((after.ended_at, after.due_at), (Some(late), late.plus_seconds(3_600)));
    }

    fn lease_that_nobody_took_can_be_renewed_after_its_end(world: World) {
        world.stop();
        let (store, now) = (another_store(&world), world.clock.now());
        store.jobs().plan(&[planned("a", None, now)]).unwrap();
        let first = claim(&store, "one", now).expect("due");
        let late = now.plus_seconds(2 * LEASE);
        assert!(store.jobs().renew(&first, late.plus_seconds(LEASE)).unwrap());
        assert_eq!(claim(&store, "two", late), None);
    }

    fn request_makes_a_job_due_after_a_pause_and_once_more_if_it_is_running(world: World) {
        world.stop();
        let (store, now) = (another_store(&world), world.clock.now());
        let at = |seconds| now.plus_seconds(seconds);
        let request = |at| store.jobs().request(&planned("a", Some("acme"), at), 60).unwrap();
        request(at(0));
        request(at(7));
        assert_eq!(row(&store, "a").due_at, at(0), "a request never delays");
        let first = claim(&store, "one", at(0)).expect("due");
        assert_eq!(first.realm, Some("acme".parse::<RealmLabel>().unwrap()));
        request(at(1));
        assert!(!store.jobs().remove(&first).unwrap(), "it is done once more");
        store.jobs().finish(&first, &finished(at(2))).unwrap();
        assert_eq!(row(&store, "a").due_at, at(62), "it was requested while it ran");
        let second = claim(&store, "one", at(62)).expect("due");
        store.jobs().finish(&second, &finished(at(63))).unwrap();
        assert_eq!(row(&store, "a").due_at, at(3_663), "nobody requested it");
        for moment in 64..70 {
            request(at(moment));
            assert_eq!(row(&store, "a").due_at, at(123), "not before the pause is over");
        }
        request(at(500));
        assert_eq!(row(&store, "a").due_at, at(123));
        let third = claim(&store, "one", at(123)).expect("due");
        assert!(store.jobs().remove(&third).unwrap());
        assert_eq!(store.jobs().find(KIND, "a").unwrap(), None);
    }

    fn busy_realms_wait_and_others_go_on(world: World) {
        world.stop();
        let (store, now) = (another_store(&world), world.clock.now());
        let rows = [("a", Some("acme"), -9), ("b", Some("acme-2"), -8), ("c", None, -7)];
        let rows = rows.map(|(subject, realm, due)| planned(subject, realm, now.plus_seconds(due)));
        store.jobs().plan(&rows).unwrap();
        let busy: Vec<RealmLabel> = vec!["x".parse().unwrap(), "acme".parse().unwrap()];
        let claimed = || {
            let times = (now, now.plus_seconds(LEASE));
            store.jobs().claim(KIND, "one", times, &busy).unwrap().map(|claim| claim.subject)
        };
        assert_eq!([claimed(), claimed(), claimed()], [Some("b".to_owned()), Some("c".to_owned()), None]);
        assert_eq!(claim(&store, "one", now).expect("it is due").subject, "a");
    }

    fn failed_job_is_tried_again_after_a_growing_wait(world: World) {
        world.stop();
        let (store, clock) = (another_store(&world), world.clock.clone());
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let kind = kind(vec![planned("a", None, clock.now())], Bounds::default(), move |run| {
            match counted.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Failed::new("no\nluck")),
                1 => panic!("a bug"),
                _ => {
                    assert_eq!(run.failures(), 2);
                    Ok(Next::After(86_400))
                }
            }
        });
        let _runner = runner(&store, &clock, &kind);
        for (number, waits, outcome) in
            [(1, 15..=30, "no luck"), (2, 30..=60, "the job panicked"), (3, 86_400..=86_400, "done")]
        {
            until("the job ran", || store.jobs().find(KIND, "a").unwrap().is_some_and(|row| {
                row.attempt == number && row.owner.is_none()
            }));
            let row = row(&store, "a");
            assert_eq!(row.outcome.as_deref(), Some(outcome));
            let wait = row.due_at.epoch_seconds() - clock.now().epoch_seconds();
            assert!(waits.contains(&wait), "attempt {number}: {wait} s");
            assert_eq!(runs.load(Ordering::SeqCst), usize::try_from(number).unwrap());
            clock.advance_seconds(wait);
        }
    }

    fn runner_does_what_is_planned_and_forgets_what_is_not(world: World) {
        world.stop();
        let (store, clock) = (another_store(&world), world.clock.clone());
        let kind = kind(
            ["a", "b"].map(|subject| planned(subject, None, clock.now())).to_vec(),
            Bounds { at_once: 2, ..Bounds::default() },
            |_| Ok(Next::After(1_000_000)),
        );
        let _runner = runner(&store, &clock, &kind);
        until("both ran", || ["a", "b"].iter().all(|subject| {
            store.jobs().find(KIND, subject).unwrap().is_some_and(|row| row.ended_at.is_some())
        }));
        kind.subjects.lock().unwrap().retain(|job| job.subject == "b");
        clock.advance_seconds(60);
        until("the other is forgotten", || store.jobs().find(KIND, "a").unwrap().is_none());
        assert!(store.jobs().find(KIND, "b").unwrap().is_some());
    }

    fn runs_are_bounded_and_end_when_the_server_stops(world: World) {
        world.stop();
        let (store, clock) = (another_store(&world), world.clock.clone());
        let jobs = ["a1", "a2", "a3", "b1", "c1"].map(|subject| {
            planned(subject, Some(if subject.starts_with('a') { "aa" } else { "bb" }), clock.now())
        });
        let running = Arc::new(Mutex::new(Vec::new()));
        let noted = running.clone();
        let bounds = Bounds { at_once: 4, at_once_per_realm: 2, ..Bounds::default() };
        let kind = kind(jobs.to_vec(), bounds, move |run| {
            noted.lock().unwrap().push(run.realm().unwrap().to_string());
            until("it is told to stop", || run.must_stop());
            Ok(Next::After(0))
        });
        let mut runner = runner(&store, &clock, &kind);
        until("as many run as may", || running.lock().unwrap().len() == 4);
        runner.stop();
        let mut realms = running.lock().unwrap().clone();
        realms.sort();
        assert_eq!(realms, ["aa", "aa", "bb", "bb"]);
        let open = ["a1", "a2", "a3", "b1", "c1"].map(|subject| row(&store, subject).owner);
        assert!(open.iter().all(Option::is_none), "{open:?}");
    }

    fn nothing_begins_while_the_clock_is_wrong(world: World) {
        world.stop();
        let (store, clock) = (another_store(&world), world.clock.clone());
        let ran = Arc::new(AtomicBool::new(false));
        let told = ran.clone();
        let kind = kind(vec![planned("a", None, clock.now().plus_seconds(60))], Bounds::default(), move |run| {
            assert!(run.trusted_now().is_some());
            told.store(true, Ordering::SeqCst);
            Ok(Next::After(1_000_000))
        });
        let _runner = runner(&store, &clock, &kind);
        until("it is planned", || store.jobs().find(KIND, "a").unwrap().is_some());
        clock.jump_millis(3_600_000);
        // The runner looks at every wake.
        let looks = AtomicUsize::new(0);
        until("it has looked", || {
            store.jobs().wake();
            std::thread::sleep(std::time::Duration::from_millis(5));
            looks.fetch_add(1, Ordering::SeqCst) > 50
        });
        assert!(!ran.load(Ordering::SeqCst));
        assert_eq!(row(&store, "a").attempt, 0);
        clock.jump_millis(-3_600_000);
        clock.advance_seconds(60);
        until("the clock is right again", || ran.load(Ordering::SeqCst));
    }
}
