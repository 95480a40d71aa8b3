//! `/console/{realm}/`: what needs attention.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::console::answer::Answer;
use crate::http::console::visit::show;
use crate::http::state::AppState;

pub async fn overview(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| Ok(Answer::see_other(visit.links().account()))).await
}
