//! Request counts and durations by route and status.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use metrics::{Counter, Histogram, Label};

use crate::http::prometheus::registry::Registry;

const COUNT: &str = "claviger_http_requests_total";
const TIME: &str = "claviger_http_request_duration_seconds";

pub struct Requests<'a>(&'a Registry);

/// Server of this process, route, method and status.
type Name = (usize, String, &'static str, u16);

thread_local! {
    /// Routes and methods are a bounded set: the known ones, and one label for all others.
    static KNOWN: RefCell<HashMap<Name, (Counter, Histogram)>> = RefCell::default();
}

impl<'a> Requests<'a> {
    pub(super) fn of(registry: &'a Registry) -> Self {
        Self(registry)
    }

    pub(super) fn describe(registry: &Registry) {
        registry.describe_counter(COUNT, "Requests by route, method and status");
        registry.describe_histogram(
            TIME,
            "Time from the head of a request to the head of its response, by route and method",
        );
    }

    pub fn note(&self, route: String, method: &str, status: u16, took: Duration) {
        let method = known_method(method);
        let name = (std::ptr::from_ref(self.0).addr(), route, method, status);
        KNOWN.with_borrow_mut(|known| {
            let (count, time) = match known.entry(name) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let handles = self.handles(&new.key().1, method, status);
                    new.insert(handles)
                }
            };
            count.increment(1);
            time.record(took.as_secs_f64());
        });
    }

    fn handles(&self, route: &str, method: &'static str, status: u16) -> (Counter, Histogram) {
        let labels = vec![Label::new("route", route.to_owned()), Label::from_static_parts("method", method)];
        let with_status = labels.iter().cloned().chain([Label::new("status", status.to_string())]).collect();
        (self.0.counter(COUNT, with_status), self.0.histogram(TIME, labels))
    }
}

/// Clients may send arbitrary methods; labels come from a closed set.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
