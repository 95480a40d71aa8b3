//! What an answer of the feed does to the state: the one place where a pair is published, or taken away.

use std::sync::Arc;

use crate::clock::seconds;
use crate::revocations::{Asked, Fault, Feed, Step};
use crate::state::{Leased, State};

/// What came of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Applied,
    /// There is another page to ask for.
    Page,
    /// Older than what is known: it says nothing.
    Ignored,
}

/// Takes a body that was answered with 200. After a fault there is no set, and no lease.
pub(crate) fn take_answer(
    state: &State,
    feed: &mut Feed,
    asked: &Asked,
    body: &[u8],
) -> Result<Taken, Fault> {
    let now = seconds(state.clock.since_epoch());
    match feed.take(asked, body, now) {
        Ok(Step::Applied { set, lease_end, withdrawn_keys }) => {
            drop_keys(state, &withdrawn_keys);
            if set.may_lack(now) {
                // The wall clock was ahead, and entries were forgotten by it: the whole set is asked for next.
                feed.drop_set();
            }
            let process = std::process::id();
            state.leased.store(Some(Arc::new(Leased { set, lease_end, process })));
            Ok(Taken::Applied)
        }
        Ok(Step::Page) => Ok(Taken::Page),
        Ok(Step::Ignored) => Ok(Taken::Ignored),
        Err(fault) => {
            state.leased.store(None);
            Err(fault)
        }
    }
}

/// Before their entries are used, which are forgotten one day.
fn drop_keys(state: &State, withdrawn: &[String]) {
    if withdrawn.is_empty() {
        return;
    }
    // A fetch stores its keys under this lock too.
    let mut demand = state.demand();
    demand.withdraw(withdrawn);
    let rest = state.keys.load().without(withdrawn);
    if rest.is_empty() {
        demand.lose_all();
        state.key_news.notify_all();
    }
    state.keys.store(Arc::new(rest));
}
