//! One request of a proxy: what it demands, and whether a caller meets that.

use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::{PresentedToken, Scope};

use crate::http::forward_auth::answer::{Caller, Refused, accepted};
use crate::http::forward_auth::demand::{Asked, Demand};
use crate::http::forward_auth::forwarded::Forwarded;
use crate::http::presented_token::presented_token;
use crate::issuance::{Need, WireRules};

/// Where proxies ask; any method.
pub const PATH: &str = "/realms/{realm}/forward-auth";

/// With the demand, or with the path of the original request.
pub const PATH_WITH_MORE: &str = "/realms/{realm}/forward-auth{below:/.*}";

pub struct Check<'a> {
    request: &'a HttpRequest,
    pub realm: &'a str,
    asked: Result<Asked<'a>, String>,
}

impl<'a> Check<'a> {
    /// `supports` refuses demands that are readable, and that this program cannot judge.
    pub fn of(request: &'a HttpRequest, supports: impl Fn(&Demand) -> Result<(), String>) -> Self {
        let realm = request.match_info().get("realm").unwrap_or_default();
        let asked = Asked::of(request).and_then(|asked| supports(&asked.demand).map(|()| asked));
        if let Err(why) = &asked {
            tracing::warn!(
                realm,
                why,
                "forward-auth: the proxy's demand is invalid, so every request is refused"
            );
        }
        Self { request, realm, asked }
    }

    /// What the client presents, not yet verified.
    pub fn presented(&self) -> Result<PresentedToken, Refused> {
        let unclear = Refused::Unauthorized { error: "invalid_request", retry_after: None };
        presented_token(self.request).map_err(|_| unclear)?.ok_or(Refused::NoCredential)
    }

    /// The answer while it is unknown who asks.
    pub fn refuse(&self, refused: &Refused) -> HttpResponse {
        refused.answer(self.realm, self.rules(), None)
    }

    /// The answer to an authenticated caller. Only a trusted peer is believed about the original request.
    pub fn answer(self, caller: &Caller<'_>, is_trusted_peer: bool) -> HttpResponse {
        let (realm, rules) = (self.realm, self.rules());
        let judged = self
            .asked
            .map_err(|why| Refused::Forbidden {
                scopes: String::new(),
                why: format!("the proxy's demand is invalid: {why}"),
            })
            .and_then(|asked| {
                let forwarded = Forwarded::of(self.request, is_trusted_peer, asked.appended);
                judge(&asked.demand, caller, &forwarded)
            });
        match judged {
            Ok(()) => accepted(caller),
            Err(refused) => refused.answer(realm, rules, Some(caller)),
        }
    }

    fn rules(&self) -> Option<WireRules> {
        self.asked.as_ref().ok().and_then(|asked| asked.demand.rules)
    }
}

fn judge(demand: &Demand, caller: &Caller<'_>, forwarded: &Forwarded) -> Result<(), Refused> {
    let is_for = |audience: &String| caller.audience.is_none_or(|own| own == audience);
    if !demand.audience.as_ref().is_none_or(is_for) {
        return Err(Refused::INVALID_TOKEN);
    }
    if !demand.scopes.iter().all(|scope| caller.scopes.covers(scope)) {
        let scopes = demand.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
        let why = format!("the token lacks a required scope: {scopes}");
        return Err(Refused::Forbidden { scopes, why });
    }
    let needs = demand.rules.map_or_else(Vec::new, |rules| forwarded.needs(rules, caller.realm));
    match needs.into_iter().find(|need| !need.is_met_by(caller.scopes)) {
        None => Ok(()),
        Some(Need::Refused(why)) => Err(Refused::Forbidden { scopes: String::new(), why: why.to_owned() }),
        Some(Need::OneOf(scopes)) => {
            let why = format!("the token lacks a required scope: {}", scopes.join(" or "));
            // The first alternative, which is sufficient for most requests.
            Err(Refused::Forbidden { scopes: scopes.first().copied().unwrap_or_default().to_owned(), why })
        }
    }
}
