//! A server as a child process: started on the server's core, ended when dropped.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Signal, kill_process};

use crate::failure::{Attempt, while_doing};
use crate::servers::cores::{Cores, time_of};

/// One second more than claviger's drain timeout.
const END_AT_MOST: Duration = Duration::from_secs(11);

pub struct Process {
    child: Child,
    name: &'static str,
    /// The signal for an orderly shutdown.
    end_signal: Signal,
}

impl Process {
    pub fn spawn_on_server_core(cores: Cores, command: &mut Command, name: &'static str) -> Attempt<Self> {
        let child = cores.spawn_on_server_core(command).map_err(while_doing(format!("starting {name}")))?;
        Ok(Self { child, name, end_signal: Signal::TERM })
    }

    pub fn spawn(command: &mut Command, name: &'static str, end_signal: Signal) -> Attempt<Self> {
        let child = command.spawn().map_err(while_doing(format!("starting {name}")))?;
        Ok(Self { child, name, end_signal })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn time(&self) -> Duration {
        time_of(self.id())
    }

    /// As [`time`](Self::time), in hundredths of a second, with the threads that have ended since.
    pub fn time_of_all_threads(&self) -> Attempt<Duration> {
        let path = format!("/proc/{}/stat", self.id());
        let text = fs::read_to_string(&path).map_err(while_doing(format!("reading {path}")))?;
        // The name before may contain spaces. What follows begins with the third field.
        let fields = text.rsplit_once(") ").map(|(_, rest)| rest.split_whitespace());
        let ticks: Option<u64> = fields.and_then(|fields| {
            let mut times = fields.skip(11).take(2).map(str::parse::<u64>);
            Some(times.next()?.ok()? + times.next()?.ok()?)
        });
        let ticks = ticks.ok_or_else(|| format!("{path} has no processor times."))?;
        Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
    }

    /// Bytes that the process has had written to disks.
    pub fn written(&self) -> Attempt<u64> {
        let path = format!("/proc/{}/io", self.id());
        let text = fs::read_to_string(&path).map_err(while_doing(format!("reading {path}")))?;
        let count = text.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok());
        count.ok_or_else(|| format!("{path} has no write_bytes."))
    }

    /// Fails if the process has ended by itself.
    pub fn check_alive(&mut self) -> Attempt<()> {
        match self.child.try_wait().map_err(while_doing(format!("watching {}", self.name)))? {
            None => Ok(()),
            Some(status) => Err(format!("{} ended while it was starting ({status}).", self.name)),
        }
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Calls `attempt` every 200 µs until it returns a value.
    pub fn wait_until<T>(
        &mut self,
        what: &str,
        at_most: Duration,
        mut attempt: impl FnMut() -> Option<T>,
    ) -> Attempt<T> {
        let start = Instant::now();
        loop {
            if let Some(result) = attempt() {
                return Ok(result);
            }
            self.check_alive()?;
            if start.elapsed() > at_most {
                return Err(format!("{} did not {what} within {} s.", self.name, at_most.as_secs()));
            }
            sleep(Duration::from_micros(200));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill_process(pid, self.end_signal).is_ok());
        let deadline = Instant::now() + END_AT_MOST;
        while asked && Instant::now() < deadline {
            if self.has_ended() {
                return;
            }
            sleep(Duration::from_millis(2));
        }
        eprintln!("{} did not end when asked, and is killed.", self.name);
        // Nothing more can be done if even that fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_address() -> Attempt<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(while_doing("looking for a free port"))
}

/// Bytes of memory of a process that are in use and not swapped out.
pub fn resident_memory(process: u32) -> Attempt<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).map_err(while_doing(format!("reading {path}")))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map(|count| count * 1024).ok_or_else(|| format!("{path} has no VmRSS."))
}
