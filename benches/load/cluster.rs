//! Three servers on one PostgreSQL: revocation latency, in normal operation and with one failing server.

use std::fmt::Write as _;
use std::path::Path;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::failure::{Attempt, while_doing};
use crate::lists::import_request;
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::disk;
use crate::servers::postgres::Postgres;
use crate::servers::quickstart::ClientCredential;
use crate::statistics::{grouped, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;
use crate::traffic::request::{introspection_request, readiness_request, revocation_request, token_request};
use crate::traffic::tally::Expected;

const NODES: usize = 3;
const CALLERS: usize = 64;
const IN_ONE_CALL: usize = 1_000;

/// Timeout for a node's recovery and for anything else that takes a few leases.
const AT_MOST: Duration = Duration::from_secs(60);

/// Longer than a lease lasts on any clock.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(4);

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let mut cluster = Cluster::start(cores, binary, &folder.join("cluster"))?;
    let mut rows = Vec::new();
    rows.extend(cluster.healthy(pace.revoked)?);
    rows.push(cluster.many_callers(pace.revoked)?);
    rows.extend(cluster.one_stopped(pace.rounds)?);
    rows.extend(cluster.one_cut_off(pace.rounds)?);
    rows.push(cluster.catching_up(pace.imported)?);
    Ok(rows)
}

struct Cluster {
    nodes: Vec<Claviger>,
    postgres: Postgres,
    /// Sync latency of one small write on the database's disk.
    disk: Vec<Duration>,
    next: usize,
}

#[derive(Clone, Deserialize)]
struct Made {
    name: String,
    client_id: String,
    client_key: String,
}

#[derive(Deserialize)]
struct Imported {
    items: Vec<Made>,
}

impl Cluster {
    /// Each node has its own database user, so that one of them can be locked out.
    fn start(cores: Cores, binary: &Path, folder: &Path) -> Attempt<Self> {
        let postgres = Postgres::start()?;
        let mut launches = Vec::new();
        for node in 0..NODES {
            let user = format!("node_{node}");
            postgres.query(&format!("create role {user} superuser login"))?;
            let launch = Launch::new(binary, folder.join(&user));
            let launch = launch.with("CLAVIGER_DATABASE_URL", postgres.url_of(&user));
            launches.push(launch.with("CLAVIGER_NODE_NAME", user).with("CLAVIGER_LOG_LEVEL", "error"));
        }
        let mut launches = launches.into_iter();
        let first = launches.next().ok_or("There are no nodes.")?.start(cores)?;
        let keys = folder.join("node_0/data/keys");
        let mut nodes = vec![first];
        for launch in launches {
            let launch = launch.with("CLAVIGER_KEYS_DIR", keys.display().to_string());
            let launch = launch.with("CLAVIGER_PUBLIC_URL", format!("http://{}", nodes[0].address));
            nodes.push(launch.start_beside(&nodes[0], cores)?);
        }
        let disk = disk::syncs(&postgres.data_folder(), 50)?;
        Ok(Self { nodes, postgres, disk, next: 0 })
    }

    fn healthy(&mut self, count: usize) -> Attempt<Vec<Row>> {
        let credentials = self.make(count)?;
        let mut lines = self.lines()?;
        let began = Instant::now();
        let mut took = Vec::with_capacity(count);
        for (index, credential) in credentials.iter().enumerate() {
            took.push(self.revoke(&mut lines[index % NODES], credential)?);
        }
        let rate = count as f64 / began.elapsed().as_secs_f64();
        let mut row = Row::new("a revocation, three nodes, all well", "p50 ≤ 10 ms, p99 ≤ 50 ms");
        row.claviger = percentiles(&took);
        row.beside = format!("one write on the database's disk: {}", percentiles(&self.disk));
        row.verdict = Verdict::of(at(&took, 50) <= 0.010 && at(&took, 99) <= 0.050);
        let mut one_by_one = Row::new("revocations/s, three nodes, one caller", "≥ 300");
        one_by_one.claviger = grouped(rate);
        one_by_one.verdict = Verdict::of(rate >= 300.0);
        Ok(vec![row, one_by_one])
    }

    fn many_callers(&mut self, count: usize) -> Attempt<Row> {
        let credentials = self.make(count * 4)?;
        let began = Instant::now();
        let took: Vec<Attempt<Vec<Duration>>> = scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    let (cluster, credentials) = (&*self, &credentials);
                    scope.spawn(move || {
                        let mut line = cluster.line(caller % NODES)?;
                        let mine = credentials.iter().skip(caller).step_by(CALLERS);
                        mine.map(|credential| cluster.revoke(&mut line, credential)).collect()
                    })
                })
                .collect();
            let ended = callers.into_iter().map(|caller| caller.join());
            ended.map(|ended| ended.unwrap_or_else(|_| Err("A caller ended early.".to_owned()))).collect()
        });
        let rate = credentials.len() as f64 / began.elapsed().as_secs_f64();
        let took = took.into_iter().collect::<Attempt<Vec<_>>>()?.concat();
        let mut row = Row::new(&format!("revocations/s, three nodes, {CALLERS} callers"), "≥ 1,000");
        row.claviger = format!("{}; each {}", grouped(rate), percentiles(&took));
        row.verdict = Verdict::of(rate >= 1_000.0);
        Ok(row)
    }

    /// SIGSTOP for longer than a lease, then SIGCONT.
    fn one_stopped(&mut self, rounds: usize) -> Attempt<Vec<Row>> {
        let (mut took, mut normal, mut silence) = (Vec::new(), Vec::new(), Vec::new());
        let mut actives = 0;
        for _ in 0..rounds {
            let credentials = self.make(200)?;
            let token = self.token(0, &credentials[0])?;
            let dead = introspection_request(&self.nodes[0].quickstart, &token);
            self.signal(2, Signal::STOP)?;
            let stopped = Instant::now();
            let mut line = self.line(0)?;
            took.push(self.revoke(&mut line, &credentials[0])?);
            let returned = Instant::now();
            // Until no node waits for the stopped one any more.
            for credential in &credentials[1..] {
                if self.revoke(&mut line, credential)? < Duration::from_millis(100) {
                    break;
                }
            }
            normal.push(returned.elapsed());
            sleep(LONGER_THAN_A_LEASE.saturating_sub(stopped.elapsed()));
            self.signal(2, Signal::CONT)?;
            let woken = Instant::now();
            loop {
                let (status, active) = self.ask(2, &dead)?;
                actives += u32::from(active);
                if status == 200 {
                    break;
                }
                check(woken, "the stopped node to answer")?;
            }
            silence.push(woken.elapsed());
        }
        let mut stopped = Row::new("a revocation while one of three is stopped", "≤ 3.2 s");
        stopped.claviger = percentiles(&took);
        stopped.verdict = Verdict::of(at(&took, 100) <= 3.2);
        let mut back = Row::new("from then on until revocations are as fast as before", "≤ 2 s");
        back.claviger = percentiles(&normal);
        back.verdict = Verdict::of(at(&normal, 100) <= 2.0);
        let mut wakes = Row::new("SIGCONT after more than a lease: \"active\" about a dead token", "0");
        wakes.claviger = actives.to_string();
        wakes.verdict = Verdict::of(actives == 0);
        let mut again = Row::new("SIGCONT until it answers", "≤ 1.5 s");
        again.claviger = percentiles(&silence);
        again.verdict = Verdict::of(at(&silence, 100) <= 1.5);
        Ok(vec![stopped, back, wakes, again])
    }

    /// The database ends its sessions and refuses new ones.
    fn one_cut_off(&mut self, rounds: usize) -> Attempt<Vec<Row>> {
        let (mut took, mut lasts, mut firsts, mut healed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let credentials = self.make(2)?;
            let token = self.token(0, &credentials[1])?;
            let alive = introspection_request(&self.nodes[0].quickstart, &token);
            self.until_active(2, &alive)?;
            let cut = Instant::now();
            self.postgres.query(
                "alter role node_2 nologin; \
                 select pg_terminate_backend(pid) from pg_stat_activity where usename = 'node_2'",
            )?;
            let seen = scope(|scope| {
                let watching = scope.spawn(|| self.watch(2, &alive, cut));
                let mut line = self.line(0)?;
                took.push(self.revoke(&mut line, &credentials[0])?);
                watching.join().unwrap_or_else(|_| Err("The watcher ended early.".to_owned()))
            })?;
            lasts.push(seen.0);
            firsts.push(seen.1);
            self.postgres.query("alter role node_2 login")?;
            let begun = Instant::now();
            self.until_active(2, &alive)?;
            healed.push(begun.elapsed());
        }
        let row = |measured, goal, durations: &[Duration], at_most| {
            let mut row = Row::new(measured, goal);
            row.claviger = percentiles(durations);
            row.verdict = Verdict::of(at(durations, 100) <= at_most);
            row
        };
        Ok(vec![
            row("a revocation while one of three is cut off from the database", "≤ 3.2 s", &took, 3.2),
            row("the node that is cut off: its last \"active\"", "≤ 3.0 s", &lasts, 3.0),
            row("the node that is cut off: its first 503", "≤ 3.05 s", &firsts, 3.05),
            row("from healed until it answers", "≤ 1.5 s", &healed, 1.5),
        ])
    }

    /// A node that was stopped while many rows were written reads them all before it answers.
    fn catching_up(&mut self, rows: usize) -> Attempt<Row> {
        self.signal(2, Signal::STOP)?;
        let made = self.make(rows);
        self.signal(2, Signal::CONT)?;
        let begun = Instant::now();
        made?;
        while self.ask(2, &readiness_request())?.0 != 200 {
            check(begun, "the node that is behind to be ready")?;
            sleep(Duration::from_millis(1));
        }
        let rate = rows as f64 / begun.elapsed().as_secs_f64();
        let mut row = Row::new("rows of the log that a node which was away applies per second", "≥ 50,000");
        row.claviger = grouped(rate);
        row.verdict = Verdict::of(rate >= 50_000.0);
        row.notes.push(format!("{} rows, from SIGCONT until it is ready", grouped(rows as f64)));
        Ok(row)
    }

    fn make(&mut self, count: usize) -> Attempt<Vec<Made>> {
        let mut line = self.line(0)?.with_room_for_lists();
        let mut made = Vec::with_capacity(count);
        while made.len() < count {
            let mut lines = String::new();
            for _ in 0..IN_ONE_CALL.min(count - made.len()) {
                self.next += 1;
                let line = format!(
                    r#"{{"name":"c-{}","validity_days":90,"token_ttl_seconds":3600,"groups":["builders"]}}"#,
                    self.next
                );
                writeln!(lines, "{line}").map_err(while_doing("writing what is imported"))?;
            }
            let request = import_request(&self.nodes[0], &lines);
            let answer = line.exchange(&request).map_err(while_doing("importing"))?;
            if answer.status != 201 {
                return Err(format!("The import was answered {}.", answer.status));
            }
            let imported: Imported =
                serde_json::from_slice(answer.body).map_err(while_doing("reading the new credentials"))?;
            made.extend(imported.items);
        }
        Ok(made)
    }

    fn token(&self, node: usize, made: &Made) -> Attempt<String> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
        }
        let client =
            ClientCredential { client_id: made.client_id.clone(), client_key: made.client_key.clone() };
        let request = token_request(&self.nodes[node].quickstart.realm, &client);
        let mut line = self.line(node)?;
        let answer = line.exchange(&request).map_err(while_doing("asking for a token"))?;
        let token: Token = serde_json::from_slice(answer.body).map_err(while_doing("reading a token"))?;
        Ok(token.access_token)
    }

    /// Only responses with 200 count; a node may once report that its lease has expired.
    fn revoke(&self, line: &mut Connection, made: &Made) -> Attempt<Duration> {
        let request = revocation_request(&self.nodes[0].quickstart, &made.client_id, &made.name);
        let begun = Instant::now();
        let answer = line.exchange(&request).map_err(while_doing("revoking"))?;
        let took = begun.elapsed();
        match answer.status {
            200 => Ok(took),
            status => {
                Err(format!("A revocation was answered {status}: {}", String::from_utf8_lossy(answer.body)))
            }
        }
    }

    /// Times from the cut until the last request answered "active", and until the first 503.
    fn watch(&self, node: usize, request: &[u8], cut: Instant) -> Attempt<(Duration, Duration)> {
        let mut line = self.line(node)?;
        let mut last = Duration::ZERO;
        loop {
            let asked = cut.elapsed();
            let answer = line.exchange(request).map_err(while_doing("introspecting"))?;
            match answer.status {
                200 => last = asked,
                503 => return Ok((last, cut.elapsed())),
                status => return Err(format!("An introspection was answered {status}.")),
            }
            check(cut, "the node that is cut off to stop answering")?;
            sleep(Duration::from_millis(1));
        }
    }

    fn until_active(&self, node: usize, request: &[u8]) -> Attempt<()> {
        let begun = Instant::now();
        while !self.ask(node, request)?.1 {
            check(begun, "a token to be active")?;
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// The status, and whether the response reports an active token.
    fn ask(&self, node: usize, request: &[u8]) -> Attempt<(u16, bool)> {
        let mut line = self.line(node)?;
        let answer = line.exchange(request).map_err(while_doing("asking a node"))?;
        let marker = Expected::ActiveToken.marker();
        Ok((answer.status, answer.body.windows(marker.len()).any(|window| window == marker)))
    }

    fn line(&self, node: usize) -> Attempt<Connection> {
        Connection::open(self.nodes[node].address, None).map_err(while_doing("connecting"))
    }

    fn lines(&self) -> Attempt<Vec<Connection>> {
        (0..NODES).map(|node| self.line(node)).collect()
    }

    fn signal(&self, node: usize, signal: Signal) -> Attempt<()> {
        let pid = i32::try_from(self.nodes[node].process.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.ok_or("A node has no process.")?, signal).map_err(while_doing("sending a signal"))
    }
}

fn check(begun: Instant, what: &str) -> Attempt<()> {
    if begun.elapsed() < AT_MOST { Ok(()) } else { Err(format!("Waited too long for {what}.")) }
}

/// In seconds.
fn at(durations: &[Duration], percent: usize) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let index = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(index).map_or(0.0, Duration::as_secs_f64)
}

fn percentiles(durations: &[Duration]) -> String {
    let show = |percent| milliseconds(at(durations, percent));
    format!("p50 {}, p99 {}, max {}", show(50), show(99), show(100))
}
