//! Faults on demand.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;

/// A fault in calls to the data collection endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer is 429, with `Retry-After` in seconds.
    Throttled(u64),
    /// The answer is an error status such as 500 or 503.
    Status(u16),
    /// The connection is closed when the first part of the body has arrived.
    CutBefore,
    /// The body is accepted, and then the connection is closed without an answer.
    CutAfter,
    /// The body is accepted at once, and the answer is delayed by this time.
    Slow(Duration),
}

/// Decides for each call whether it fails. The fault can be changed at any time.
#[derive(Debug)]
pub struct Faults(Mutex<Plan>);

#[derive(Debug)]
struct Plan {
    fault: Option<Fault>,
    share: f64,
    rng: Rng,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Plan { fault: None, share: 1.0, rng: Rng::with_seed(1) }))
    }

    /// Applies a fault to every call from now on.
    pub fn set(&self, fault: Fault) {
        self.set_share(fault, 1.0);
    }

    /// Applies a fault to this share (0 to 1) of the calls from now on. The same calls fail each time.
    pub fn set_share(&self, fault: Fault, share: f64) {
        *self.plan() = Plan { fault: Some(fault), share, rng: Rng::with_seed(1) };
    }

    /// Removes the fault.
    pub fn clear(&self) {
        self.plan().fault = None;
    }

    /// Returns the fault of the next call.
    pub(crate) fn next(&self) -> Option<Fault> {
        let mut plan = self.plan();
        let is_hit = plan.rng.f64() < plan.share;
        plan.fault.filter(|_| is_hit)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_share_of_calls_fails_each_time() {
        let faults = Faults::new();
        let hits = |faults: &Faults| -> Vec<_> {
            faults.set_share(Fault::Status(500), 0.2);
            (0..1000).map(|_| faults.next().is_some()).collect()
        };
        let first = hits(&faults);
        assert_eq!(first, hits(&faults));
        let count = first.iter().filter(|hit| **hit).count();
        assert!((150..250).contains(&count), "{count}");
        faults.set(Fault::CutAfter);
        assert!((0..100).all(|_| faults.next() == Some(Fault::CutAfter)));
        faults.clear();
        assert!((0..100).all(|_| faults.next().is_none()));
    }
}
