//! A factory API whose routes are all guarded by introspection: an example resource server of Claviger.

mod answer;
mod builds;
mod call;
mod devices;
mod factories;
mod guard;
mod introspector;
mod name;
mod routes;
mod settings;
mod targets;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpServer, web};

use factories::Factories;
use introspector::Introspector;
use settings::{Asked, Settings};

/// The conventional exit code for an invalid command line or environment.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match settings::read() {
        Ok(Asked::Help) => {
            let told = io::stdout().write_all(settings::HELP.as_bytes());
            if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(Asked::Serve(settings)) => match actix_web::rt::System::new().block_on(serve(&settings)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tell(&format_args!("{}: {error}", settings.listen));
                ExitCode::FAILURE
            }
        },
        Err(wrong) => {
            tell(&wrong);
            ExitCode::from(USAGE)
        }
    }
}

async fn serve(settings: &Settings) -> io::Result<()> {
    let routes = routes::routes().map_err(io::Error::other)?;
    let introspector = web::Data::new(Introspector::new(settings));
    let factories = web::Data::new(Factories::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(introspector.clone())
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
