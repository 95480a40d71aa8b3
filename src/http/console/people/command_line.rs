//! `/console/{realm}/cli`: a member approves the sign-in that `claviger login` began. The address alone does nothing.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    ApprovedCode, CommandLineApprovedPage, CommandLinePage, CommandLineRequest, Entry, Loopback,
};

use crate::administration::{
    COMMAND_LINE_CODE_SECONDS, COMMAND_LINE_TOKEN_DAYS, CommandLineSignIn, approve_command_line,
};
use crate::http::console::answer::Answer;
use crate::http::console::days::DAY;
use crate::http::console::people::second_factor::framed_alone;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;

const MAX_STATE_BYTES: usize = 128;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let asked = Presented::read(|name| visit.asked.parameter(name))?;
        visit.ensure_recent()?;
        let page = CommandLinePage {
            frame: framed_alone(visit),
            links: visit.links(),
            host: visit.asked.host.clone(),
            email: visit.session.member.email.to_string(),
            request: asked.request(),
            days: COMMAND_LINE_TOKEN_DAYS.unsigned_abs(),
            expires_at: visit.now().plus_seconds(COMMAND_LINE_TOKEN_DAYS * DAY),
        };
        Ok(Answer::page(&page, None)?)
    })
    .await
}

/// A page and no redirect: the policy of the pages forbids that a form leads to another site.
pub async fn approve(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        let asked = Presented::read(|name| form.text(name))?;
        visit.ensure_recent_or(&visit.links().ask_command_line(&asked.request()))?;
        approved(visit, asked)
    })
    .await
}

fn approved(visit: &Visit, asked: Presented) -> Result<Answer, Stop> {
    let code = approve_command_line(&visit.state.administration, &visit.act(), &asked.sign_in);
    let code = code.map_err(|error| Stop::of(error, Entry::Overview))?;
    let back = asked.loopback.map(|loopback| loopback.approved(&code));
    let page = CommandLineApprovedPage {
        frame: framed_alone(visit),
        email: visit.session.member.email.to_string(),
        device: asked.sign_in.device.to_string(),
        code: match &back {
            Some(back) => ApprovedCode::Sent(back.clone()),
            None => ApprovedCode::Shown { code, seconds: COMMAND_LINE_CODE_SECONDS.unsigned_abs() },
        },
    };
    let answer = Answer::page(&page, None)?;
    Ok(match back {
        Some(back) => answer.going_on_to(&back),
        None => answer,
    })
}

/// Of the address, and again of the form.
struct Presented {
    sign_in: CommandLineSignIn,
    loopback: Option<Loopback>,
}

impl Presented {
    fn read<'a>(value: impl Fn(&str) -> &'a str) -> Result<Self, Stop> {
        let challenge = value("challenge").parse().map_err(|_| Stop::Malformed)?;
        let device = value("name").parse().map_err(|_| Stop::Malformed)?;
        let (port, state) = (value("port"), value("state"));
        let loopback = match port {
            "" => None,
            port => Some(Loopback { port: port_of(port)?, state: state_of(state)? }),
        };
        Ok(Self { sign_in: CommandLineSignIn { challenge, device }, loopback })
    }

    fn request(&self) -> CommandLineRequest {
        CommandLineRequest {
            challenge: self.sign_in.challenge.as_str().to_owned(),
            device: self.sign_in.device.to_string(),
            loopback: self.loopback.clone(),
        }
    }
}

/// In digits alone, and no port of a service of the system.
fn port_of(text: &str) -> Result<u16, Stop> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| is_number && *port >= 1_024);
    port.ok_or(Stop::Malformed)
}

fn state_of(text: &str) -> Result<String, Stop> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = (1..=MAX_STATE_BYTES).contains(&text.len()) && text.bytes().all(is_plain);
    if fits { Ok(text.to_owned()) } else { Err(Stop::Malformed) }
}
