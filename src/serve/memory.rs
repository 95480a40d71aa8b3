//! The memory of this process: no core dump, no reads by other processes of the same user, and none kept that is free.

use std::hint::black_box;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// An unsupported system is logged; the server runs nevertheless.
pub fn keep_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be disabled");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "the memory of this process could not be protected from other processes of this user");
    }
}

/// The allocator returns large freed memory to the system at the next large allocation after a delay. In an idle server
/// none follows: 19 MiB of each password hash would stay. This allocation is that next one; it is never written to.
pub fn return_freed() {
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// What small allocations are carved from is larger.
const LARGE: usize = 1024 * 1024;
