//! Writes what this server hears of verifiers, and deletes the rows of those that are silent.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::revocation::attached::Batch;
use crate::revocation::verifiers::Verifiers;
use crate::store::{StoreError, VerifierTable};
use claviger_domain::Absences;

/// How long an acknowledged position stays unwritten that no revocation can be waiting for.
const TICK: Duration = Duration::from_millis(250);

/// Ticks between two looks for rows that are of no use.
const TICKS_OF_A_LOOK: u32 = 4;

/// A thread of its own, with a connection of its own: neither requests nor the follower wait for it, and it waits for
/// neither.
pub struct VerifierUpkeep {
    verifiers: Arc<Verifiers>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    verifiers: Arc<Verifiers>,
    table: VerifierTable,
    absences: Absences,
    /// Whether the last attempt failed, which is logged once.
    fails: bool,
}

impl VerifierUpkeep {
    pub fn start(verifiers: Arc<Verifiers>, table: VerifierTable) -> std::io::Result<Self> {
        let mut work =
            Work { verifiers: verifiers.clone(), table, absences: Absences::default(), fails: false };
        let thread = std::thread::Builder::new().name("verifiers".to_owned()).spawn(move || work.run())?;
        Ok(Self { verifiers, thread: Some(thread) })
    }

    /// Rows stay: verifiers may trust what they were answered last, and other servers delete them later.
    pub fn stop(&mut self) {
        self.verifiers.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of verifiers panicked");
        }
    }
}

impl Drop for VerifierUpkeep {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    fn run(&mut self) {
        let (mut ticked_at, mut ticks) = (self.verifiers.since_boot(), 0);
        while let Some(batch) = self.verifiers.next_batch(TICK) {
            let Some(batch) = batch else { continue };
            let node = batch.node.clone();
            let written = self.write(batch);
            let now = self.verifiers.since_boot();
            let looked = if now < ticked_at + TICK {
                Ok(())
            } else {
                ticked_at = now;
                ticks += 1;
                let has_forgotten = self.verifiers.ask(|attached| attached.forget_silent(now));
                if has_forgotten || ticks >= TICKS_OF_A_LOOK {
                    ticks = 0;
                    self.clean(&node)
                } else {
                    Ok(())
                }
            };
            self.tell(written.and(looked));
        }
    }

    fn write(&mut self, batch: Batch) -> Result<(), StoreError> {
        let Batch { node, generation, attach, acknowledge } = batch;
        if !attach.is_empty() {
            let written = self.table.attach(&node, &attach);
            let is_durable = matches!(written, Ok(true));
            self.verifiers.note(|attached| match is_durable {
                true => attached.written(generation, &attach),
                false => attached.failed(generation, &attach),
            });
            written?;
        }
        if !acknowledge.is_empty() {
            self.table.acknowledge(&node, &acknowledge)?;
            self.verifiers.note(|attached| attached.written(generation, &acknowledge));
        }
        Ok(())
    }

    /// A row of this server that nobody is known by was left by a verifier that has been forgotten, or its commit was
    /// not acknowledged, so that nothing was answered. If the verifier is heard again, its row is committed again, with
    /// another `seq`.
    fn clean(&mut self, own: &str) -> Result<(), StoreError> {
        let left = self.table.left(own)?;
        let seen_at = self.verifiers.since_boot();
        let unknown = self.verifiers.ask(|attached| {
            left.own.into_iter().filter(|(verifier, _)| !attached.knows(verifier)).collect::<Vec<_>>()
        });
        if !unknown.is_empty() {
            self.table.forget(own, &unknown)?;
        }
        for gone in self.absences.observe(&left.absent, seen_at) {
            self.table.forget_all_of(&gone)?;
        }
        self.verifiers.note_anywhere(self.table.resource_servers()?);
        Ok(())
    }

    fn tell(&mut self, done: Result<(), StoreError>) {
        let failed = done.is_err();
        match done {
            Err(error) if !self.fails => {
                tracing::warn!(%error, "verifiers could not be written; revocations may wait longer; trying again");
            }
            Ok(()) if self.fails => tracing::info!("verifiers are written again"),
            _ => {}
        }
        self.fails = failed;
    }
}
