//! The requests of one validation: each is sent at most once, and all end in bounded time.

use std::cell::RefCell;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::catalog::Answered;
use crate::environment::Environment;
use crate::masking::{Masker, ProviderText};
use crate::outbound::{Request, SendFailure};

/// After this time no further request is sent.
const MAX_TIME: TimeDelta = TimeDelta::seconds(90);
/// Of one validation, without further pages of lists.
const MAX_REQUESTS: usize = 100;

pub type Reply = Result<Rc<Answered>, SendFailure>;

pub struct Exchange<'a> {
    pub environment: &'a Environment<'a>,
    ends_at: DateTime<Utc>,
    sent: RefCell<Vec<(Request, Reply)>>,
    masker: RefCell<Masker>,
}

impl<'a> Exchange<'a> {
    pub fn new<'b>(environment: &'a Environment<'a>, secrets: impl Iterator<Item = &'b str>) -> Self {
        let mut masker = Masker::default();
        secrets.for_each(|secret| masker.add(secret));
        let ends_at = environment.clock.now() + MAX_TIME;
        Self { environment, ends_at, sent: RefCell::default(), masker: RefCell::new(masker) }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.environment.clock.now()
    }

    /// A token that was fetched or signed on the way.
    pub fn hide(&self, secret: &str) {
        self.masker.borrow_mut().add(secret);
    }

    pub fn text(&self, text: &str) -> ProviderText {
        self.masker.borrow().text(text)
    }

    pub fn with_masker<T>(&self, read: impl FnOnce(&Masker) -> T) -> T {
        read(&self.masker.borrow())
    }

    pub fn send(&self, request: Request) -> Reply {
        let known =
            self.sent.borrow().iter().find(|(sent, _)| *sent == request).map(|(_, reply)| reply.clone());
        if let Some(reply) = known {
            return reply;
        }
        if self.sent.borrow().len() >= MAX_REQUESTS {
            return Err(SendFailure::Unreachable);
        }
        let reply = self.send_page(&request).map(Rc::new);
        self.sent.borrow_mut().push((request, reply.clone()));
        reply
    }

    /// A further page of a list, which nothing asks for twice.
    pub fn send_page(&self, request: &Request) -> Result<Answered, SendFailure> {
        if self.now() >= self.ends_at {
            return Err(SendFailure::Unreachable);
        }
        self.environment.outbound.send(request).map(Answered::new)
    }
}
