//! Compares this machine's clock with a server's.

use std::time::{Duration, SystemTime};

use crate::finding::Finding;

const CHECK: &str = "clock";

/// The tolerance when tokens are issued and validated, in both directions.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The maximum normal difference. A clock synchronised over the network is much closer.
const NORMAL: Duration = Duration::from_secs(30);

/// Compares this machine's time with the `Date` header of a response, which has a resolution of one second.
pub(super) fn judge(here: SystemTime, there: SystemTime, host: &str) -> Finding {
    let (off, direction) = match here.duration_since(there) {
        Ok(off) => (off, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let what = format!("this machine's clock is {} s {direction} that of {host}", off.as_secs());
    let advice = "Set the clock and keep it synchronised: timedatectl set-ntp true. Otherwise tokens are rejected, and \
                  TimeGenerated is wrong.";
    if off > TOLERANCE {
        Finding::error(CHECK, what, advice)
    } else if off > NORMAL {
        Finding::warning(CHECK, what, advice)
    } else {
        Finding::ok(CHECK, format!("this machine's clock agrees with {host} to within {} s", off.as_secs().max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Level;

    #[test]
    fn clocks_are_compared() {
        let there = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (off, level) in
            [(0, Level::Ok), (30, Level::Ok), (31, Level::Warning), (300, Level::Warning), (301, Level::Error)]
        {
            let off = Duration::from_secs(off);
            assert_eq!(judge(there + off, there, "h").level, level, "{off:?}");
            assert_eq!(judge(there - off, there, "h").level, level, "-{off:?}");
        }
        assert!(judge(there - TOLERANCE, there, "h").what.contains("300 s behind that of h"));
    }
}
