//! The receipt of a revocation. It can be streamed: head, a line per node, end.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::page::{Page, RenderFailed, page};
use crate::parts::{Mark, Reach, Tone};
use crate::text::{exact, number, things};

/// Where the lines of the nodes begin in the rendered page. Text of strangers is escaped, so that it never reads like
/// this.
const LINES: &str = "<!--lines-->";

/// Sent in pieces, it is `head`, a `line` for each node as it confirms, and `tail` once `end` is known; `lines` stays
/// empty then.
#[derive(Template)]
#[template(path = "pages/service-credentials/receipt.html")]
pub struct ReceiptPage {
    pub frame: Frame,
    pub id: String,
    /// The credential's name, which "Ask everyone again" sends.
    pub name: String,
    pub revoked_by: String,
    pub revoked_at: Timestamp,
    /// Whether services that follow the feed are waited for, as known at the begin.
    pub has_services: bool,
    pub lines: Vec<NodeLine>,
    pub end: Option<ReceiptEnd>,
}

/// One node, or the verifiers of one service, as they confirm.
#[derive(Clone, Debug)]
pub struct NodeLine {
    pub node: String,
    /// How many verifiers, of a service.
    pub instances: Option<u64>,
    pub state: NodeState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// After so many milliseconds; `None` if the receipt does not say.
    Confirmed { after_ms: Option<u64> },
    /// It did not answer, and its lease is over: it accepts nothing.
    WaitedOut,
    /// It did not answer, and its lease may still run.
    Silent,
}

#[derive(Clone, Debug)]
pub struct ReceiptEnd {
    pub outcome: ReceiptOutcome,
    pub reaches: Vec<Reach>,
    /// `None` if the barrier failed.
    pub record: Option<ReceiptRecord>,
}

#[derive(Clone, Debug)]
pub struct ReceiptRecord {
    pub position: u64,
    /// Whether a commit is acknowledged once another machine has it.
    pub on_two_machines: bool,
    /// What "Copy as JSON" copies.
    pub json: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// `None`: asked again later, so the time says nothing of the revocation.
    Confirmed { took_ms: Option<u64> },
    /// With the names of the nodes whose lease had to end, and the same of verifiers, as in `2 verifiers of builds`.
    WaitedOut { took_ms: Option<u64>, nodes: Vec<String>, verifiers: Vec<String> },
    /// The barrier failed. The credential is revoked nevertheless.
    NotConfirmed,
}

#[derive(Template)]
#[template(path = "pages/service-credentials/receipt-line.html")]
struct LineTemplate<'a> {
    frame: &'a Frame,
    line: &'a NodeLine,
}

impl ReceiptPage {
    /// The page up to the lines of the nodes.
    pub fn head(&self) -> Result<String, RenderFailed> {
        Ok(self.halves()?.0)
    }

    /// The same markup as in the whole page.
    pub fn line(&self, line: &NodeLine) -> Result<String, RenderFailed> {
        Ok(LineTemplate { frame: &self.frame, line }.render()?)
    }

    /// The page after the lines of the nodes.
    pub fn tail(&self) -> Result<String, RenderFailed> {
        Ok(self.halves()?.1)
    }

    fn halves(&self) -> Result<(String, String), RenderFailed> {
        let html = self.html()?;
        let (head, tail) = html.split_once(LINES).unwrap_or((&html, ""));
        Ok((head.to_owned(), tail.to_owned()))
    }

    fn title(&self) -> String {
        format!("Revocation of {}", self.name)
    }

    fn lede(&self) -> String {
        exact(&self.revoked_at)
    }

    /// The milliseconds of the sum.
    fn took(&self) -> Option<String> {
        match &self.end.as_ref()?.outcome {
            ReceiptOutcome::Confirmed { took_ms } | ReceiptOutcome::WaitedOut { took_ms, .. } => {
                took_ms.as_ref().map(|took| format!("{} ms", number(took)))
            }
            ReceiptOutcome::NotConfirmed => None,
        }
    }

    fn sum(end: &ReceiptEnd) -> Mark {
        match &end.outcome {
            ReceiptOutcome::Confirmed { .. } => Mark::new(Tone::Ok, "ok", "Revoked. Everyone has confirmed."),
            ReceiptOutcome::WaitedOut { nodes, .. } if nodes.is_empty() => {
                Mark::new(Tone::Warn, "clock", "Revoked. Some verifiers were waited out.")
            }
            ReceiptOutcome::WaitedOut { nodes, .. } if nodes.len() == 1 => {
                Mark::new(Tone::Warn, "clock", "Revoked. One node was waited out.")
            }
            ReceiptOutcome::WaitedOut { nodes, .. } => {
                let count = u64::try_from(nodes.len()).unwrap_or(u64::MAX);
                Mark::new(Tone::Warn, "clock", format!("Revoked. {} nodes were waited out.", number(&count)))
            }
            ReceiptOutcome::NotConfirmed => {
                Mark::new(Tone::Warn, "warn", "Revoked, but not confirmed by everyone yet.")
            }
        }
    }

    /// The nodes that accept nothing any more because their lease ended.
    fn waited_out(&self) -> &[String] {
        match self.end.as_ref().map(|end| &end.outcome) {
            Some(ReceiptOutcome::WaitedOut { nodes, .. }) => nodes,
            _ => &[],
        }
    }

    /// The verifiers that trust nothing from before any more because their lease ended.
    fn waited_out_verifiers(&self) -> &[String] {
        match self.end.as_ref().map(|end| &end.outcome) {
            Some(ReceiptOutcome::WaitedOut { verifiers, .. }) => verifiers,
            _ => &[],
        }
    }

    fn confirmed(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.outcome != ReceiptOutcome::NotConfirmed)
    }
}

impl NodeLine {
    fn mark(&self) -> Mark {
        match self.state {
            NodeState::Confirmed { after_ms: Some(after) } => {
                Mark::new(Tone::Ok, "ok", format!("+ {} ms", number(&after)))
            }
            NodeState::Confirmed { after_ms: None } => Mark::new(Tone::Ok, "ok", "confirmed"),
            NodeState::WaitedOut => Mark::new(Tone::Warn, "clock", "lease over"),
            NodeState::Silent => Mark::new(Tone::Warn, "clock", "not yet"),
        }
    }

    /// `2 instances`, `did not answer`, both or nothing.
    fn small(&self) -> String {
        let instances = self.instances.as_ref().map(|count| things(count, "instance", "instances"));
        let silent = match (self.state, self.instances) {
            (NodeState::Confirmed { .. }, _) => None,
            (_, None) => Some("did not answer".to_owned()),
            (_, Some(_)) => Some("did not confirm".to_owned()),
        };
        instances.into_iter().chain(silent).collect::<Vec<_>>().join(", ")
    }
}

page!(ReceiptPage);
