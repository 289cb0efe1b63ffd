//! Keeps to a rate.

use std::time::{Duration, Instant};

/// How far behind a sender may fall and still catch up. A receiver that stood still for longer is not flooded afterwards.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Says when the next message is due, evenly spaced.
pub(super) struct Pace {
    interval: Duration,
    due: Instant,
}

impl Pace {
    /// So many messages a second, the first one at once.
    pub(super) fn new(rate: f64, now: Instant) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / rate), due: now }
    }

    /// How long to sleep before the next message, if at all.
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
    fn a_long_stall_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, start);
        assert_eq!(pace.wait(start), None);
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.wait(later), None);
        assert_eq!(pace.wait(later), Some(Duration::from_millis(100)));
    }
}
