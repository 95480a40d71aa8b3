//! An API of a factory whose every route is guarded by introspection: what a resource server of Claviger looks like.

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

/// What a shell means by it: the command line, or what stands for it, is wrong.
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
            // What a token may see is for no cache to keep.
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

/// One line to whoever runs this; that nobody reads it stops nothing.
fn tell(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "factory-api: {what}");
}
