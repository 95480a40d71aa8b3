//! Answers of the console: pages under a policy that runs and loads nothing else.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderName, LOCATION, REFERRER_POLICY,
    REFRESH, VARY,
};
use actix_web::rt::task::spawn_blocking;
use actix_web::{HttpResponse, HttpResponseBuilder};
use claviger_console::{Address, Fragment, Page, RenderFailed};

use crate::http::console::pieces::{Pieces, pieces};

/// `form-action` also forbids redirects after a post to another site.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'none'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types console";

const HTML: &str = "text/html; charset=utf-8";

/// For nginx, which otherwise keeps an answer back until it has a buffer of it.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub struct Answer {
    status: StatusCode,
    kind: Kind,
    cookies: Vec<Cookie<'static>>,
    /// After so many seconds the browser asks again, or goes to an address.
    refresh: Option<String>,
}

enum Kind {
    Html(String),
    SeeOther(String),
    /// Its name, its media type, its text.
    File(String, &'static str, String),
    /// What is sent at once, and the work that makes the rest.
    Pieces(String, Box<dyn FnOnce(&Pieces) + Send>),
}

impl Answer {
    /// The page, or the part of it that the script asked for.
    pub fn page(page: &impl Page, fragment: Option<Fragment>) -> Result<Self, RenderFailed> {
        Self::page_with(StatusCode::OK, page, fragment)
    }

    pub fn page_with(
        status: StatusCode,
        page: &impl Page,
        fragment: Option<Fragment>,
    ) -> Result<Self, RenderFailed> {
        let html = fragment.map_or_else(|| page.html(), |fragment| page.fragment(fragment))?;
        Ok(Self { status, kind: Kind::Html(html), cookies: Vec::new(), refresh: None })
    }

    pub fn see_other(address: impl ToString) -> Self {
        let kind = Kind::SeeOther(address.to_string());
        Self { status: StatusCode::SEE_OTHER, kind, cookies: Vec::new(), refresh: None }
    }

    /// `name` consists of letters, digits, dots and hyphens.
    pub fn file(name: String, media_type: &'static str, text: String) -> Self {
        Self {
            status: StatusCode::OK,
            kind: Kind::File(name, media_type, text),
            cookies: Vec::new(),
            refresh: None,
        }
    }

    /// A page of which `head` is sent at once, and the rest as `rest` makes it, on a thread that may block.
    pub fn in_pieces(head: String, rest: impl FnOnce(&Pieces) + Send + 'static) -> Self {
        let kind = Kind::Pieces(head, Box::new(rest));
        Self { status: StatusCode::OK, kind, cookies: Vec::new(), refresh: None }
    }

    #[must_use]
    pub fn with_cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    #[must_use]
    pub fn asked_again(self, again: Option<u32>) -> Self {
        Self { refresh: again.map(|seconds| seconds.to_string()), ..self }
    }

    /// The browser shows the page, and goes to this address by itself.
    #[must_use]
    pub fn going_on_to(self, address: &Address) -> Self {
        Self { refresh: Some(format!("0; url={address}")), ..self }
    }

    /// No page is stored anywhere: it shows what only this member may see, and a form of this session.
    pub fn into_response(self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        protect(&mut answer);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        answer.insert_header((VARY, "X-Fragment, Cookie"));
        if let Some(refresh) = self.refresh {
            answer.insert_header((REFRESH, refresh));
        }
        for cookie in self.cookies {
            answer.cookie(cookie);
        }
        match self.kind {
            Kind::Html(html) => answer.content_type(HTML).body(html),
            Kind::File(name, media_type, text) => {
                answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
                answer.content_type(media_type).body(text)
            }
            Kind::SeeOther(address) => answer.insert_header((LOCATION, address)).finish(),
            Kind::Pieces(head, rest) => {
                let (pieces, body) = pieces();
                pieces.send(head);
                spawn_blocking(move || rest(&pieces));
                answer.content_type(HTML).insert_header(UNBUFFERED).body(body)
            }
        }
    }
}

pub fn protect(answer: &mut HttpResponseBuilder) {
    answer.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    answer.insert_header((REFERRER_POLICY, "no-referrer"));
    answer.insert_header((CROSS_ORIGIN_OPENER_POLICY, "same-origin"));
    answer.insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
}
