//! Cost of acts, lists, imports, starts and memory as a realm grows. Acts that affect no credential must not cost more.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::{Attempt, while_doing};
use crate::lists::import_request;
use crate::million::restored;
use crate::neighbor::{self, Slowest};
use crate::servers::claviger::Claviger;
use crate::servers::cores::Cores;
use crate::statistics::{Spread, grouped, megabytes, milliseconds, ratio};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;

const ROUNDS: usize = 7;
const IMPORTED: usize = 1_000;

/// Maximum cost ratio for ten times as many objects that still counts as no growth, because of measurement noise.
const NOISE: f64 = 1.5;

/// Differences below this are noise.
const FLOOR: Duration = Duration::from_millis(5);

/// Measurements for one size.
struct Measured {
    credentials: u64,
    acts: Vec<(&'static str, f64)>,
    start: f64,
    memory: u64,
    neighbor: Slowest,
}

pub fn rows(cores: Cores, binary: &Path, folder: &Path, sizes: &[u64]) -> Attempt<Vec<Row>> {
    let measured: Vec<Measured> =
        sizes.iter().map(|size| measure(cores, binary, folder, *size)).collect::<Attempt<_>>()?;
    let named = |what: &str| {
        let sizes: Vec<String> = measured.iter().map(|one| grouped(one.credentials as f64)).collect();
        format!("{what} with {} credentials", sizes.join(" / "))
    };
    let mut rows: Vec<Row> = Vec::new();
    for (index, (what, _)) in measured[0].acts.iter().enumerate() {
        let values: Vec<f64> = measured.iter().map(|one| one.acts[index].1).collect();
        rows.push(row(&named(what), &values, milliseconds, *what != LIST));
    }
    let starts: Vec<f64> = measured.iter().map(|one| one.start).collect();
    rows.push(row(&named("start"), &starts, milliseconds, false));
    let memory: Vec<f64> = measured.iter().map(|one| one.memory as f64).collect();
    rows.push(row(&named("resident memory"), &memory, |bytes| megabytes(bytes as u64), false));
    let neighbors: Vec<Slowest> = measured.iter().map(|one| one.neighbor).collect();
    rows.push(neighbor::row(&named(neighbor::MEASURED), &neighbors));
    Ok(rows)
}

/// Values for growing sizes, each with its ratio to the previous one.
pub fn row(measured: &str, values: &[f64], show: impl Fn(f64) -> String, bounded: bool) -> Row {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] / pair[0].max(f64::MIN_POSITIVE)).collect();
    let mut row = Row::new(measured, if bounded { "does not grow" } else { "–" });
    row.claviger = values.iter().map(|value| show(*value)).collect::<Vec<_>>().join(" / ");
    row.comparison = steps.iter().map(|step| ratio(*step)).collect::<Vec<_>>().join(" / ");
    if bounded {
        let grows = |pair: &[f64]| pair[1] > pair[0] * NOISE && pair[1] > pair[0] + FLOOR.as_secs_f64();
        row.verdict = Verdict::of(!values.windows(2).any(grows));
    }
    row
}

const LIST: &str = "search without a hit";

fn measure(cores: Cores, binary: &Path, folder: &Path, credentials: u64) -> Attempt<Measured> {
    let folder = folder.join(format!("growth-{credentials}"));
    let launch = restored(cores, binary, &folder, credentials)?.0;
    let began = Instant::now();
    let claviger = launch.start(cores)?;
    let start = began.elapsed().as_secs_f64();
    let mut caller = Caller::of(&claviger)?;
    let acts = vec![
        (
            "create a group",
            caller.median(|round| ("POST", "/groups".to_owned(), format!(r#"{{"name":"made-{round}"}}"#)))?,
        ),
        (
            "create a resource",
            caller.median(|round| {
                (
                    "POST",
                    "/resources".to_owned(),
                    format!(r#"{{"type":"made","name":"r{round}","actions":["read"]}}"#),
                )
            })?,
        ),
        (
            "edit the description of the group of all",
            caller.median(|round| {
                ("PATCH", BUILDERS.to_owned(), format!(r#"{{"description":"edited {round}"}}"#))
            })?,
        ),
        ("take a scope from the group of all", caller.cuts()?),
        (LIST, caller.median(|_| ("GET", "/service-credentials?q=nowhere".to_owned(), String::new()))?),
        ("import 1,000 credentials", caller.imports(&claviger)?),
    ];
    let memory = claviger.resident_memory()?;
    let neighbor = neighbor::measure(&claviger, binary, &folder, || caller.reach_all())?;
    Ok(Measured { credentials, acts, start, memory, neighbor })
}

const BUILDERS: &str = "/groups/builders";

/// An administrator of the realm on one connection.
pub struct Caller {
    connection: Connection,
    realm: String,
    token: String,
}

impl Caller {
    pub fn of(claviger: &Claviger) -> Attempt<Self> {
        let owner = claviger.quickstart.owner.personal_access_token.clone();
        Self::open(claviger, &claviger.quickstart.realm, owner)
    }

    pub fn open(claviger: &Claviger, realm: &str, token: String) -> Attempt<Self> {
        let connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
        Ok(Self { connection: connection.with_room_for_lists(), realm: realm.to_owned(), token })
    }

    /// In seconds.
    fn median(&mut self, request: impl Fn(usize) -> (&'static str, String, String)) -> Attempt<f64> {
        let mut took = Vec::new();
        for round in 0..ROUNDS {
            let (method, path, body) = request(round);
            took.push(self.send(method, &path, &body)?);
        }
        Ok(Spread::of_durations(took).median)
    }

    /// Each act removes a scope; adding it again in between is not measured.
    fn cuts(&mut self) -> Attempt<f64> {
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            took.push(self.send("PATCH", BUILDERS, r#"{"scopes":["ci:read"]}"#)?);
            self.send("PATCH", BUILDERS, r#"{"scopes":["ci:read","source:read-update"]}"#)?;
        }
        Ok(Spread::of_durations(took).median)
    }

    /// Acts that affect every credential: cuts, and the deletion of the group.
    fn reach_all(&mut self) -> Attempt<()> {
        self.cuts()?;
        self.send("DELETE", BUILDERS, "").map(drop)
    }

    fn imports(&mut self, claviger: &Claviger) -> Attempt<f64> {
        let mut took = Vec::new();
        for round in 0..ROUNDS {
            let mut lines = String::new();
            for index in 0..IMPORTED {
                let line = format!(
                    r#"{{"name":"grown-{round}-{index}","validity_days":365,"token_ttl_seconds":3600,"groups":["builders"]}}"#
                );
                writeln!(lines, "{line}").map_err(while_doing("writing what is imported"))?;
            }
            took.push(self.exchange(&import_request(claviger, &lines), "the import")?.0);
        }
        Ok(Spread::of_durations(took).median)
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Attempt<Duration> {
        let request = self.request(method, path, body);
        Ok(self.exchange(request.as_bytes(), path)?.0)
    }

    /// The duration and the response.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Attempt<(Duration, Value)> {
        let request = self.request(method, path, body);
        let (took, body) = self.exchange(request.as_bytes(), path)?;
        let answer = serde_json::from_slice(body).map_err(while_doing(format!("reading {path}")))?;
        Ok((took, answer))
    }

    fn request(&self, method: &str, path: &str, body: &str) -> String {
        format!(
            "{method} /api/v1/realms/{}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.realm,
            self.token,
            body.len()
        )
    }

    fn exchange(&mut self, request: &[u8], what: &str) -> Attempt<(Duration, &[u8])> {
        let began = Instant::now();
        let answer = self.connection.exchange(request).map_err(while_doing(format!("asking {what}")))?;
        let took = began.elapsed();
        match answer.status {
            200 | 201 => Ok((took, answer.body)),
            status => Err(format!("{what} was answered {status}: {}", String::from_utf8_lossy(answer.body))),
        }
    }
}
