//! Local sign-ins on the overview of account holders, until they say that they know about it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{AttentionAct, AttentionLine, Entry, Tone, text};

use crate::administration::{AdministrationError, ToldSignIn, acknowledge_sign_in, list_told_sign_ins};
use crate::http::console::answer::Answer;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;

pub fn told_lines(visit: &Visit, room: usize) -> Result<Vec<AttentionLine>, Stop> {
    let told = list_told_sign_ins(&visit.state.administration, &visit.act(), room).map_err(stop)?;
    Ok(told.iter().map(|told| line(visit, told)).collect())
}

fn line(visit: &Visit, told: &ToldSignIn) -> AttentionLine {
    let ago = text::ago(&told.at, &visit.now());
    let with = if told.has_second_factor { "with a password and a code" } else { "with a password alone" };
    AttentionLine {
        tone: Tone::Warn,
        icon: "person",
        words: format!("{} signed in with a local account {ago}", told.member.name),
        more: format!("{}, {with}.", told.member.email),
        act: AttentionAct::Acknowledge {
            address: visit.links().acknowledge_sign_in(),
            fields: vec![("member", told.member.id.to_string()), ("at", told.at.to_string())],
        },
    }
}

pub async fn acknowledge(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        let id = form.text("member").parse().map_err(|_| Stop::Malformed)?;
        let at = form.text("at").parse().map_err(|_| Stop::Malformed)?;
        acknowledge_sign_in(&visit.state.administration, &visit.act(), id, at).map_err(stop)?;
        Ok(Answer::see_other(visit.links().overview()))
    })
    .await
}

fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, Entry::Overview)
}
