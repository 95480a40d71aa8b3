//! One core for the measured server, another for the load, and the processor time of each process.

use std::io;
use std::num::NonZeroU64;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity, set_current_timer_slack};
use rustix::time::{ClockId, clock_gettime};

use crate::failure::{Attempt, while_doing};

#[derive(Clone, Copy)]
pub struct Cores {
    server: usize,
    load: usize,
}

impl Cores {
    /// Takes the first two cores that this process may use and moves the calling thread to the second.
    /// With a single core both sides share it, as `are_shared` reports.
    pub fn take() -> Attempt<Self> {
        let allowed = sched_getaffinity(None).map_err(while_doing("asking which cores may be used"))?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let server = usable.next().ok_or("This process may use no core at all.")?;
        let cores = Self { server, load: usable.next().unwrap_or(server) };
        move_this_thread_to(cores.load).map_err(while_doing("moving to the core of the load"))?;
        // The kernel otherwise wakes sleepers up to 50 µs late, which open-loop arrivals would inherit.
        set_current_timer_slack(NonZeroU64::new(1)).map_err(while_doing("asking for exact timers"))?;
        Ok(cores)
    }

    pub fn are_shared(self) -> bool {
        self.server == self.load
    }

    /// The child starts on the server's core, so that it never uses another core.
    pub fn spawn_on_server_core(self, command: &mut Command) -> io::Result<Child> {
        move_this_thread_to(self.server)?;
        let child = command.spawn();
        move_this_thread_to(self.load)?;
        child
    }
}

fn move_this_thread_to(core: usize) -> io::Result<()> {
    let mut only = CpuSet::new();
    only.set(core);
    Ok(sched_setaffinity(None, &only)?)
}

/// Lets this process, and the servers that it starts, open a thousand connections.
pub fn raise_the_limit_of_open_files() -> Attempt<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(4096, |most| most.min(4096));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised).map_err(while_doing("raising the limit of open files"))?;
    }
    Ok(())
}

/// The processor time of the calling thread.
pub fn own_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The processor time of all threads of a process; zero where the kernel keeps no scheduler statistics.
pub fn time_of(process: u32) -> Duration {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return Duration::ZERO;
    };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let statistics = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        statistics.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
