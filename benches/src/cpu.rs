//! The CPU time of processes.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Returns the CPU time used so far by this process, or by all its children that have ended.
pub fn used(by: UsageWho) -> Duration {
    let usage = getrusage(by).expect("getrusage succeeds");
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(microseconds.try_into().unwrap_or_default())
}

/// Returns the median time per message, in microseconds.
pub fn median(times: &mut [Duration], messages: usize) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6 / messages as f64
}
