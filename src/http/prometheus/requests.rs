//! How many requests there were, how they were answered, and how long that took.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use metrics::{Counter, Histogram, Label};

use super::Metrics;

const COUNT: &str = "claviger_http_requests_total";
const TIME: &str = "claviger_http_request_duration_seconds";

pub struct Requests<'a>(&'a Metrics);

/// Which server of this process, which route, how it was answered.
type Name = (usize, String, &'static str, u16);

thread_local! {
    /// Routes and methods are few: those of the tables, and one for everything else.
    static KNOWN: RefCell<HashMap<Name, (Counter, Histogram)>> = RefCell::default();
}

impl<'a> Requests<'a> {
    pub(super) fn of(metrics: &'a Metrics) -> Self {
        Self(metrics)
    }

    pub(super) fn describe(metrics: &Metrics) {
        metrics.describe_counter(COUNT, "Requests by route, method and status");
        metrics.describe_histogram(
            TIME,
            "From the head of a request to that of its answer, by route and method",
        );
    }

    pub fn note(&self, route: &str, method: &str, status: u16, took: Duration) {
        let method = known_method(method);
        let name = (std::ptr::from_ref(self.0).addr(), route.to_owned(), method, status);
        KNOWN.with_borrow_mut(|known| {
            let (count, time) = known.entry(name).or_insert_with(|| self.handles(route, method, status));
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

/// Clients invent methods; labels are of a closed set.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
