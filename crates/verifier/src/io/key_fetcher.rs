//! The thread that fetches keys: the only one that does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::io::slow_path::SlowPath;
use crate::keys::KeyRing;
use crate::token::Keys;

const WITHIN: Duration = Duration::from_secs(5);
const MAX_BYTES: u64 = 256 * 1024;

/// Nothing is due for longer than this without being looked at again.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Runs until the verifier ends.
pub(crate) fn fetch_keys(path: &SlowPath) {
    let state = &path.state;
    let mut demand = state.demand();
    while !path.stopped.load(Ordering::Acquire) {
        let now = state.clock.since_boot();
        if !demand.begin(now) {
            let wait = demand.due().saturating_sub(now).min(MAX_WAIT);
            let waited = state.key_news.wait_timeout(demand, wait);
            demand = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            continue;
        }
        drop(demand);
        let body = fetch(path);
        demand = state.demand();
        let read = body.and_then(|body| {
            KeyRing::read(&body, |kid| demand.is_withdrawn(kid), now).map_err(|error| error.to_string())
        });
        state.counts.key_fetches.increment();
        match read {
            Ok(keys) => {
                let keys = std::sync::Arc::new(keys);
                state.keys.store(keys.clone());
                demand.end(Some(&|kid| keys.find(kid).is_some()), state.clock.since_boot());
                path.note_key_failure(None);
            }
            // The keys of before stay.
            Err(why) => {
                state.counts.failed_key_fetches.increment();
                demand.end(None, state.clock.since_boot());
                path.note_key_failure(Some(why));
            }
        }
        state.key_news.notify_all();
    }
}

fn fetch(path: &SlowPath) -> Result<Vec<u8>, String> {
    let found = path.endpoints.find(&path.client).map_err(|error| error.to_string())?;
    path.client.get_public(&found.key_set, WITHIN, MAX_BYTES).map_err(|error| error.to_string())
}
