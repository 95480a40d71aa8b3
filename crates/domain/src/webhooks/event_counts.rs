//! How many events of each type this server has written.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::audit_event::AuditEvent;
use crate::webhooks::event_type::EventType;

#[derive(Debug, Default)]
pub struct EventCounts([AtomicU64; EventType::ALL.len()]);

impl EventCounts {
    /// The events among those that are about to be written.
    pub fn among(audit: &[AuditEvent]) -> Vec<EventType> {
        audit.iter().filter_map(|event| EventType::of_action(event.action.as_str())).collect()
    }

    pub fn note(&self, events: &[EventType]) {
        for event in events {
            self.0[*event as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn all(&self) -> impl Iterator<Item = (EventType, u64)> {
        EventType::ALL.iter().zip(&self.0).map(|(event, count)| (*event, count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_a_count_of_its_own() {
        let counts = EventCounts::default();
        for (times, event) in (1..).zip(EventType::ALL) {
            counts.note(&vec![*event; times]);
        }
        let expected: Vec<_> = EventType::ALL.iter().copied().zip(1..).collect();
        assert_eq!(counts.all().collect::<Vec<_>>(), expected);
    }
}
