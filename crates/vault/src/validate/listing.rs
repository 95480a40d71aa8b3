//! Reads the list that belongs to a question.

use serde_json::Value;

use crate::authenticate::{Authorized, Exchange, Extra, build_request, failure_outcome, outcome_of_status};
use crate::catalog::{Answered, Outcome, Place, Question, ScopeRule, text_of};
use crate::fields::Variables;
use crate::validate::paging::{Next, Position, next_page};
use crate::validate::validation::{Discovery, Item, ListState};

const MAX_PAGES: u64 = 50;
const MAX_ITEMS: usize = 5_000;

pub struct Listing {
    pub discovery: Discovery,
    /// Of each item, the part that shows scopes; as many as there are items.
    pub scopes: Vec<Option<Value>>,
    /// Why the first page was not read.
    pub refusal: Option<Outcome>,
}

impl Listing {
    pub fn find(&self, key: &str) -> Option<usize> {
        self.discovery.items.iter().position(|item| item.key.as_str() == key)
    }

    /// Whether an answer that is not listed may still exist.
    pub fn is_complete(&self) -> bool {
        self.discovery.state == ListState::Listed && !self.discovery.truncated
    }
}

pub fn read_list(
    question: &Question,
    rule: &ScopeRule,
    variables: &Variables<'_>,
    authorized: &Authorized,
    exchange: &Exchange<'_>,
) -> Listing {
    let mut listing = Listing {
        discovery: Discovery {
            id: question.id.clone(),
            label: question.label.clone(),
            prompt: question.prompt.clone(),
            multi: question.multi,
            manual: question.manual,
            optional: question.optional,
            state: ListState::Refused,
            items: Vec::new(),
            truncated: false,
        },
        scopes: Vec::new(),
        refusal: None,
    };
    let mut extra: Option<Extra> = None;
    let mut pages = 0;
    let mut first_url = None;
    loop {
        let request =
            build_request(&question.request, variables, &authorized.credential, exchange, extra.as_ref());
        let Some(request) = request else {
            listing.refusal.get_or_insert(Outcome::Unknown);
            break;
        };
        let url = request.url.clone();
        let reply = match extra {
            None => exchange.send(request),
            Some(_) => exchange.send_page(&request).map(std::rc::Rc::new),
        };
        let answered = match reply {
            Ok(answered) if answered.is_success() => Ok(answered),
            Ok(answered) => Err(outcome_of_status(&answered)),
            Err(failure) => Err(failure_outcome(failure)),
        };
        let found = answered.as_ref().ok().and_then(|answered| answered.pointer(&question.items)?.as_array());
        let (Ok(answered), Some(found)) = (&answered, found) else {
            listing.discovery.truncated = pages > 0;
            // A page that is no list says nothing.
            listing.refusal = (pages == 0).then(|| answered.err().unwrap_or(Outcome::Unknown));
            break;
        };
        listing.discovery.state = ListState::Listed;
        pages += 1;
        add_items(&mut listing, question, rule, found, exchange);
        let first_url = first_url.get_or_insert_with(|| url.clone());
        let position = Position { first_url, url: &url, pages, items_on_page: found.len() };
        extra = match next_of(question, answered, &position, &listing, extra.as_ref()) {
            Ok(next) => next,
            Err(()) => {
                listing.discovery.truncated = true;
                break;
            }
        };
        if extra.is_none() {
            break;
        }
    }
    let is_empty = listing.discovery.items.is_empty();
    if is_empty && listing.discovery.state == ListState::Listed && question.empty_means.is_some() {
        listing.discovery.state = ListState::Ask;
    }
    listing
}

/// An error if there is a page that must not be read.
fn next_of(
    question: &Question,
    answered: &Answered,
    position: &Position<'_>,
    listing: &Listing,
    current: Option<&Extra>,
) -> Result<Option<Extra>, ()> {
    match next_page(&question.paging, answered, position) {
        Next::End => Ok(None),
        Next::Refused => Err(()),
        // A server that names the same page again would name it forever.
        Next::Page(next) if current == Some(&next) => Err(()),
        Next::Page(_) if position.pages >= MAX_PAGES || listing.discovery.items.len() >= MAX_ITEMS => Err(()),
        Next::Page(next) => Ok(Some(next)),
    }
}

fn add_items(
    listing: &mut Listing,
    question: &Question,
    rule: &ScopeRule,
    found: &[Value],
    exchange: &Exchange<'_>,
) {
    for value in found {
        if listing.discovery.items.len() >= MAX_ITEMS {
            listing.discovery.truncated = true;
            return;
        }
        let fits = question.filter.iter().all(|expectation| match &expectation.at {
            Place::Pointer(pointer) => expectation.holds(value.pointer(pointer)),
            _ => false,
        });
        let key = value.pointer(&question.key).and_then(text_of).filter(|_| fits);
        // An id that contains a secret, or that cannot be what it is meant for, is not offered.
        let key = key.filter(|key| question.pattern.as_ref().is_none_or(|pattern| pattern.matches(key)));
        let key = key.and_then(|key| exchange.with_masker(|masker| masker.unchanged(&key)));
        let Some(key) = key else { continue };
        let title = value.pointer(&question.title).and_then(text_of);
        let title = title.map_or_else(|| key.clone(), |title| exchange.text(&title));
        if listing.find(key.as_str()).is_some() {
            continue;
        }
        listing.discovery.items.push(Item { key, title });
        let is_read = rule.discover.as_ref() == Some(&question.id);
        listing.scopes.push(is_read.then(|| value.clone()));
    }
}
