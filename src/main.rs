//! The server's binary.

use std::process::ExitCode;

/// Tokens and their requests are made of many small allocations: `make bench` gave about a twentieth more tokens a second with
/// this allocator than with the system's (docs/decisions/0001-libraries.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    claviger::commands::run()
}
