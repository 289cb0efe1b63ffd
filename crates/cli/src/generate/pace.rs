//! Limits the message rate.

use std::time::{Duration, Instant};

/// The longest delay that a sender makes up for. A receiver that stalled for longer is not flooded afterwards.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Computes when each message is due, with even spacing.
pub(super) struct Pace {
    interval: Duration,
    due: Instant,
}

impl Pace {
    /// Creates a pace of `rate` messages per second. The first message is due at once.
    pub(super) fn new(rate: f64, now: Instant) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / rate), due: now }
    }

    /// Returns how long to sleep before the next message; `None` if it is due.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Duration> {
        let wait = self.due.saturating_duration_since(now);
        if now.saturating_duration_since(self.due) > CATCH_UP {
            self.due = now;
        }
        self.due += self.interval;
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_evenly_spaced() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, start);
        assert_eq!(pace.wait(start), None);
        assert_eq!(pace.wait(start), Some(Duration::from_millis(100)));
        assert_eq!(pace.wait(start + Duration::from_millis(150)), Some(Duration::from_millis(50)));
        assert_eq!(pace.wait(start + Duration::from_millis(350)), None);
        assert_eq!(pace.wait(start + Duration::from_millis(350)), Some(Duration::from_millis(50)));
    }

    #[test]
    fn a_long_stall_is_not_caught_up() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, start);
        assert_eq!(pace.wait(start), None);
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.wait(later), None);
        assert_eq!(pace.wait(later), Some(Duration::from_millis(100)));
    }
}
