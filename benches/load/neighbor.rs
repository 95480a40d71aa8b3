//! Latency of revocations in one realm during acts on every credential of another realm.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;
use std::time::Duration;

use crate::failure::{Attempt, while_doing};
use crate::growth::Caller;
use crate::servers::claviger::Claviger;
use crate::statistics::{grouped, milliseconds};
use crate::table::{Row, Verdict};

const REALM: &str = "neighbor";
const QUIET_ROUNDS: usize = 100;

/// More than the slowest revocation without other load.
const GOAL: Duration = Duration::from_millis(50);

/// The slowest revocation, in seconds.
#[derive(Clone, Copy)]
pub struct Slowest {
    quiet: f64,
    beside: f64,
    revocations: usize,
}

/// Another caller runs `acts` at the same time.
pub fn measure(
    claviger: &Claviger,
    binary: &Path,
    folder: &Path,
    acts: impl FnOnce() -> Attempt<()> + Send,
) -> Attempt<Slowest> {
    let token = create_realm(binary, folder)?;
    let mut caller = Caller::open(claviger, REALM, token)?;
    let quiet = (0..QUIET_ROUNDS).map(|_| revoke(&mut caller)).collect::<Attempt<Vec<_>>>()?;
    let over = AtomicBool::new(false);
    let (acted, beside) = scope(|scope| {
        let acting = scope.spawn(|| {
            let acted = acts();
            over.store(true, Ordering::Release);
            acted
        });
        let mut took = Vec::new();
        let beside = loop {
            match revoke(&mut caller) {
                Ok(one) => took.push(one),
                Err(failure) => break Err(failure),
            }
            if over.load(Ordering::Acquire) {
                break Ok(took);
            }
        };
        (acting.join(), beside)
    });
    acted.map_err(|_| "The thread that acts in the large realm panicked.".to_owned())??;
    let beside = beside?;
    Ok(Slowest { quiet: slowest(&quiet), beside: slowest(&beside), revocations: beside.len() })
}

pub const MEASURED: &str = "slowest revocation in another realm beside cuts and the end of the group of all";

pub fn row(measured_as: &str, measured: &[Slowest]) -> Row {
    let mut row = Row::new(measured_as, "≤ 50 ms more than alone");
    let all = |of: fn(&Slowest) -> f64| {
        measured.iter().map(|one| milliseconds(of(one))).collect::<Vec<_>>().join(" / ")
    };
    row.claviger = all(|one| one.beside);
    row.beside = format!("alone: {}", all(|one| one.quiet));
    row.verdict = Verdict::of(measured.iter().all(|one| one.beside <= one.quiet + GOAL.as_secs_f64()));
    let counts: Vec<String> = measured.iter().map(|one| grouped(one.revocations as f64)).collect();
    row.notes.push(format!("revocations in another realm meanwhile: {}", counts.join(" / ")));
    row
}

fn slowest(took: &[Duration]) -> f64 {
    took.iter().max().map_or(0.0, Duration::as_secs_f64)
}

/// Creates and revokes a token; only the revocation is measured.
fn revoke(caller: &mut Caller) -> Attempt<Duration> {
    let body = r#"{"expires_at":"2099-01-01T00:00:00Z","scopes":["ci:read"]}"#;
    let made = caller.ask("POST", "/api-tokens", body)?.1;
    let id = made["id"].as_str().ok_or("The API token has no id.")?.to_owned();
    Ok(caller.ask("POST", &format!("/api-tokens/{id}/revoke"), "")?.0)
}

/// Returns a token of its owner.
fn create_realm(binary: &Path, folder: &Path) -> Attempt<String> {
    let mut command = Command::new(binary);
    command
        .args([
            "realm",
            "create",
            REALM,
            "--owner",
            "owner@neighbor.example",
            "--preset",
            "foundries",
            "--dev",
        ])
        .arg("--data-dir")
        .arg(folder.join("data"))
        .current_dir(folder);
    let output = command.output().map_err(while_doing("running claviger realm create"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => {
            Err(format!("claviger realm create failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }
}
