//! After an act the browser goes on to a page that says what was done.

use claviger_console::{Address, Tone, text};

use crate::http::console::answer::Answer;
use crate::http::console::notes::with_note;
use crate::http::console::visit::Visit;
use crate::ledger::Unsettled;
use claviger_domain::{Outcome, Receipt};

/// Goes on to a page that says `words` at its top.
pub fn go_on(visit: &Visit, address: Address, tone: Tone, words: &str) -> Answer {
    with_note(Answer::see_other(address), &visit.state, &visit.asked.realm, (tone, words))
}

/// Waits at the barrier, then goes on to a page. `done` is what was done; `ended`, as in `2 tokens ended`, is said if
/// something ended, and may be empty.
pub fn settle_and_go_on<T>(
    visit: &Visit,
    acted: Unsettled<T>,
    address: Address,
    done: &str,
    ended: &str,
) -> Answer {
    match acted.settle(&visit.state.barrier) {
        Ok(settled) => match settled.into_parts().1 {
            Some(receipt) => {
                go_on(visit, address, Tone::Ok, &format!("{done} {}", confirmed(ended, &receipt)))
            }
            None => go_on(visit, address, Tone::Ok, done),
        },
        Err(error) => {
            tracing::error!("what was taken away is not confirmed: {error}");
            let words =
                format!("{done} Not every node has confirmed it yet: some may still accept its tokens.");
            go_on(visit, address, Tone::Warn, &words)
        }
    }
}

fn confirmed(ended: &str, receipt: &Receipt) -> String {
    let took = text::number(&receipt.took_ms);
    let verifiers =
        receipt.unconfirmed.verifiers.iter().map(|of| format!("verifiers of {}", of.resource_server));
    let nodes: Vec<String> = receipt.unconfirmed.nodes.iter().cloned().chain(verifiers).collect();
    let nodes = text::listed(&nodes);
    match (receipt.outcome, ended) {
        (Outcome::Confirmed, "") => format!("Everyone confirmed in {took} ms."),
        (Outcome::Confirmed, _) => format!("{ended}; everyone confirmed in {took} ms."),
        (Outcome::WaitedOut, "") => format!("{nodes} did not answer and was waited out, {took} ms."),
        (Outcome::WaitedOut, _) => format!("{ended}; {nodes} did not answer and was waited out, {took} ms."),
    }
}
