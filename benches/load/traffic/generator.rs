//! The two kinds of load: closed loop, as fast as the server responds, and open loop, on a fixed schedule.

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::servers::cores::own_time;
use crate::traffic::connection::Answer;
use crate::traffic::pool::{Pool, Received};
use crate::traffic::request::Requests;
use crate::traffic::tally::{Expected, Faults, Latencies, Tally};

const PATIENCE: Duration = Duration::from_secs(5);

/// Concurrent requests of a closed loop; if there are more connections, they take turns.
const IN_FLIGHT: usize = 32;

/// A closed loop sleeps until about this many responses have arrived: waking for each would cost both sides' cores an
/// interrupt per response. The other pending requests keep the server busy meanwhile.
const AT_ONCE: usize = IN_FLIGHT / 2;
const NAP_STEP: Duration = Duration::from_micros(5);
const MAX_NAP: Duration = Duration::from_millis(1);

/// Sends the next request as soon as a response arrives. Ends after `length`, or when the requests run out;
/// later responses are awaited but not counted.
pub fn closed_loop(
    pool: &mut Pool,
    requests: &mut Requests,
    expected: Expected,
    length: Duration,
) -> Attempt<Tally> {
    closed_loop_with(pool, requests, expected, length, &mut |_| {})
}

/// As `closed_loop`, passing on every response, late ones included.
pub fn closed_loop_with(
    pool: &mut Pool,
    requests: &mut Requests,
    expected: Expected,
    length: Duration,
    see: &mut dyn FnMut(&Answer<'_>),
) -> Attempt<Tally> {
    let mut tally =
        Tally { answers: 0, elapsed: Duration::ZERO, load_time: Duration::ZERO, faults: Faults::default() };
    let mut ready = Vec::with_capacity(pool.len());
    let mut free: VecDeque<usize> = (0..pool.len()).collect();
    let mut counting = true;
    let mut nap = NAP_STEP;
    let (start, start_time) = (Instant::now(), own_time());

    loop {
        while counting
            && pool.len() - free.len() < IN_FLIGHT
            && let Some(connection) = free.pop_front()
        {
            match requests.take_next() {
                Some(request) => pool.send(connection, request)?,
                None => {
                    free.push_front(connection);
                    counting = false;
                }
            }
        }
        if tally.elapsed.is_zero() && (!counting || start.elapsed() >= length) {
            counting = false;
            tally.elapsed = start.elapsed();
            tally.load_time = own_time().saturating_sub(start_time);
        }
        if free.len() == pool.len() {
            return Ok(tally);
        }
        sleep(nap);
        wait_for_answers(pool, &mut ready)?;
        nap = if ready.len() < AT_ONCE { MAX_NAP.min(nap + NAP_STEP) } else { nap.saturating_sub(NAP_STEP) };
        for connection in ready.drain(..) {
            match pool.receive(connection)? {
                Received::NotYet => continue,
                Received::Answer => {
                    let answer = pool.answer(connection);
                    tally.answers += u64::from(counting);
                    tally.faults.judge(&answer, expected);
                    see(&answer);
                }
                Received::HungUp => tally.faults.broken_connections += 1,
            }
            free.push_back(connection);
        }
    }
}

/// Request `n` is due at `n / rate`, whether the server keeps up or not, and its latency counts from then. It thus
/// includes the wait for a free connection.
pub fn open_loop(
    pool: &mut Pool,
    requests: &mut Requests,
    expected: Expected,
    rate: f64,
    length: Duration,
) -> Attempt<Latencies> {
    let interval = Duration::from_secs_f64(1.0 / rate);
    let planned = (length.as_secs_f64() * rate) as u32;
    let mut latencies = Latencies { sorted: Vec::with_capacity(planned as usize), faults: Faults::default() };
    // In turns, so that no connection is idle for the server's keep-alive time.
    let mut free: VecDeque<usize> = (0..pool.len()).collect();
    let mut due_times = vec![Duration::ZERO; pool.len()];
    let mut ready = Vec::with_capacity(pool.len());
    let mut sent = 0_u32;
    let mut last_answer = Duration::ZERO;
    let start = Instant::now();

    while sent < planned || free.len() < pool.len() {
        let due = interval * sent;
        let now = start.elapsed();
        if now.saturating_sub(due.max(last_answer)) > PATIENCE {
            return Err(format!("The server fell {} s behind {rate:.0} requests/s.", PATIENCE.as_secs()));
        }
        if sent < planned
            && due <= now
            && let Some(connection) = free.pop_front()
        {
            let Some(request) = requests.take_next() else {
                return Err("The requests of an open loop ran out before its end.".to_owned());
            };
            pool.send(connection, request)?;
            due_times[connection] = due;
            sent += 1;
            continue;
        }
        let next_event = if sent < planned && !free.is_empty() { due - now } else { PATIENCE };
        pool.wait(next_event, &mut ready).map_err(while_doing("waiting for answers"))?;
        for connection in ready.drain(..) {
            match pool.receive(connection)? {
                Received::NotYet => continue,
                Received::Answer => latencies.faults.judge(&pool.answer(connection), expected),
                Received::HungUp => latencies.faults.broken_connections += 1,
            }
            last_answer = start.elapsed();
            latencies.sorted.push(last_answer - due_times[connection]);
            free.push_back(connection);
        }
    }
    latencies.sorted.sort_unstable();
    Ok(latencies)
}

fn wait_for_answers(pool: &mut Pool, ready: &mut Vec<usize>) -> Attempt<()> {
    pool.wait(PATIENCE, ready).map_err(while_doing("waiting for answers"))?;
    if ready.is_empty() {
        return Err(format!("The server answered nothing for {} s.", PATIENCE.as_secs()));
    }
    Ok(())
}
