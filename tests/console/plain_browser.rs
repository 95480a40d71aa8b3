//! A browser without scripts: it keeps cookies, follows no redirect by itself, and finds the hidden field of forms.

use std::cell::RefCell;
use std::net::SocketAddr;

use claviger::administration::page_of_member_tokens;
use claviger::ledger::{Act, Caller};
use claviger_contract::Timestamp;
use claviger_domain::{Clock, MemberTokenKind, Query, TokenSort};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::until;
use claviger_testkit::world::World;
use serde_json::Value;

pub const PASSWORD: &str = "several words are fine";

pub struct PlainBrowser {
    address: SocketAddr,
    /// The realm's console.
    base: String,
    cookies: RefCell<Vec<(String, String)>>,
}

impl PlainBrowser {
    pub fn new(world: &World) -> Self {
        Self::at(world.address, &world.realm)
    }

    pub fn at(address: SocketAddr, realm: &str) -> Self {
        Self { address, base: format!("/console/{realm}"), cookies: RefCell::default() }
    }

    /// Signed in with a local account that is made for this member.
    pub fn signed_in(world: &World, email: &str) -> Self {
        set_password(world, email, PASSWORD);
        let browser = Self::new(world);
        browser.sign_in(email, PASSWORD).expect(303);
        browser
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(Request::get(&format!("{}{path}", self.base)))
    }

    pub fn sign_in(&self, email: &str, password: &str) -> Response {
        self.send(self.form("/sign-in/local", &[("email", email), ("password", password), ("next", "")]))
    }

    /// Posts a form as a page of this session has it.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.form_token();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.send(self.form(path, &fields))
    }

    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::form(&format!("{}{path}", self.base), fields).header("Sec-Fetch-Site", "same-origin")
    }

    pub fn send(&self, request: Request) -> Response {
        let answer = self.with_cookies(request).send(self.address);
        for (name, value) in &answer.headers {
            if name == "set-cookie" {
                self.keep(value);
            }
        }
        answer
    }

    pub fn with_cookies(&self, request: Request) -> Request {
        let cookies =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        match cookies.is_empty() {
            true => request,
            false => request.header("Cookie", &cookies.join("; ")),
        }
    }

    fn keep(&self, set: &str) {
        let (name, rest) = set.split_once('=').expect("a cookie");
        let value = rest.split(';').next().expect("a value");
        let mut cookies = self.cookies.borrow_mut();
        cookies.retain(|(known, _)| known != name);
        if !value.is_empty() {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The secret of the session.
    pub fn session(&self) -> String {
        let cookies = self.cookies.borrow();
        let found = cookies.iter().find(|(name, _)| name.contains("claviger-"));
        found.expect("a session").1.clone()
    }

    pub fn use_session(&self, secret: &str, realm: &str) {
        *self.cookies.borrow_mut() = vec![(format!("claviger-{realm}"), secret.to_owned())];
    }

    /// A copy of all cookies.
    pub fn copy(&self) -> Self {
        Self { address: self.address, base: self.base.clone(), cookies: self.cookies.clone() }
    }

    /// The cookie with which another browser set out to the identity provider.
    pub fn take_journey_of(&self, other: &Self) {
        let (mut own, theirs) = (self.cookies.borrow_mut(), other.cookies.borrow());
        own.retain(|(name, _)| !name.contains("sign-in-"));
        own.extend(theirs.iter().filter(|(name, _)| name.contains("sign-in-")).cloned());
    }

    pub fn form_token(&self) -> String {
        field(&self.get("/account").expect(200).text(), "csrf")
    }

    /// Until the use of a session at this moment is stored, as it is within a second.
    pub fn wait_for_use(&self, world: &World) {
        until("the use of the session is stored", || last_use(world) == Some(world.clock.now()));
    }

    pub fn is_signed_in(&self) -> bool {
        let answer = self.get("/account");
        assert!(matches!(answer.status, 200 | 303), "{}", answer.text());
        answer.status == 200
    }
}

/// The address of the page on which the member sets a password.
pub fn invite(world: &World, email: &str) -> String {
    let members = world.admin("GET", &format!("/members?q={email}"), None).expect(200).json();
    let id = members["items"][0]["id"].as_str().expect("a member").to_owned();
    let made: Value = world.admin("POST", &format!("/members/{id}/invite"), None).expect(200).json();
    made["link"].as_str().expect("a link").to_owned()
}

/// Of a link.
pub fn code_of(link: &str) -> &str {
    link.split_once("?code=").expect("a code").1
}

pub fn set_password(world: &World, email: &str, password: &str) {
    let link = invite(world, email);
    let browser = PlainBrowser::new(world);
    let fields = [("code", code_of(&link)), ("password", password), ("again", password)];
    browser.send(browser.form("/invitation", &fields)).expect(200);
}

/// The value of a hidden field of a page.
pub fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let at = page.find(&start).unwrap_or_else(|| panic!("no field {name}: {page}")) + start.len();
    page[at..].split('"').next().expect("a value").to_owned()
}

/// The last use of any session that is stored.
fn last_use(world: &World) -> Option<Timestamp> {
    let act = Act::local(world.realm.parse().expect("a label"), Caller::Operator);
    let administration = &world.node().state.administration;
    let all = Query {
        sort: TokenSort::CreatedAt,
        descending: false,
        after: None,
        limit: usize::MAX,
        search: None,
        status: None,
        expires_before: None,
    };
    let sessions = page_of_member_tokens(administration, &act, MemberTokenKind::Session, &all, false);
    let sessions = sessions.expect("sessions");
    sessions.iter().filter_map(|session| session.last_used_at).max()
}
