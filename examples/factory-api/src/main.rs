//! A factory API whose routes all need a token: an example resource server of Claviger.

mod answer;
mod builds;
mod call;
mod devices;
mod factories;
mod guard;
mod holder;
mod introspector;
mod name;
mod routes;
mod settings;
mod targets;
mod tokens;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpServer, web};

use factories::Factories;
use settings::{Asked, Settings};
use tokens::Tokens;

/// The conventional exit code for an invalid command line or environment.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match settings::read() {
        Ok(Asked::Help) => {
            let told = io::stdout().write_all(settings::HELP.as_bytes());
            if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(Asked::Serve(settings)) => match Tokens::connect(&settings) {
            Ok(tokens) => run(&settings, tokens),
            Err(wrong) => refuse(&wrong),
        },
        Err(wrong) => refuse(&wrong),
    }
}

fn refuse(wrong: &dyn fmt::Display) -> ExitCode {
    tell(wrong);
    ExitCode::from(USAGE)
}

fn run(settings: &Settings, tokens: Tokens) -> ExitCode {
    match actix_web::rt::System::new().block_on(serve(settings, tokens)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format_args!("{}: {error}", settings.listen));
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: &Settings, tokens: Tokens) -> io::Result<()> {
    let routes = routes::routes().map_err(io::Error::other)?;
    let tokens = web::Data::new(tokens);
    let factories = web::Data::new(Factories::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(tokens.clone())
            .app_data(factories.clone())
            // Responses depend on the token and must not be cached.
            .wrap(
                DefaultHeaders::new()
                    .add(("Cache-Control", "no-store"))
                    .add(("X-Content-Type-Options", "nosniff")),
            )
            .configure(|config| routes::configure(config, &routes))
    })
    .bind(settings.listen)?;
    tell(&format_args!("listening on http://{}, guarded by {}", settings.listen, settings.issuer));
    server.run().await
}

/// Writes one line to stderr; a failure to write is ignored.
fn tell(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "factory-api: {what}");
}
