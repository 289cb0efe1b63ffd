//! The commands that control a running endpoint.

use std::str::FromStr;
use std::time::Duration;

use crate::Fault;

/// The list of commands, for people.
pub const HELP: &str = "\
ok                       answer all calls normally
throttle [SECONDS]       answer calls with 429 and Retry-After (default: 30)
fail [STATUS]            answer calls with an error status (default: 503)
cut before|after         close the connection before or after the records are accepted
slow SECONDS             delay each answer
share N                  apply the fault to only this share of the calls, from 0 to 1
revoke                   invalidate all issued tokens
down [SECONDS]           close the port for this time, or until `up`
up                       open the port again
help                     print this list";

/// A command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Answer all calls normally.
    Ok,
    /// Make calls fail.
    Fault(Fault),
    /// Apply the fault to this share of the calls.
    Share(f64),
    /// Invalidate all issued tokens.
    Revoke,
    /// Close the port for this time, or until [`Command::Up`].
    Down(Option<Duration>),
    /// Open the port.
    Up,
    /// Print the list of commands.
    Help,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<_> = line.split_whitespace().collect();
        let seconds = |word: &str| {
            let seconds = word.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.ok_or_else(|| format!("{word} is not a number of seconds"))
        };
        let number = |word: &str| word.parse().map_err(|_| format!("{word} is not a whole number of seconds"));
        Ok(match words[..] {
            ["ok"] => Self::Ok,
            ["throttle"] => Self::Fault(Fault::Throttled(30)),
            ["throttle", seconds] => Self::Fault(Fault::Throttled(number(seconds)?)),
            ["fail"] => Self::Fault(Fault::Status(503)),
            ["fail", status] => match status.parse() {
                Ok(status @ 400..600) => Self::Fault(Fault::Status(status)),
                _ => return Err(format!("{status} is not a status from 400 to 599")),
            },
            ["cut", "before"] => Self::Fault(Fault::CutBefore),
            ["cut", "after"] => Self::Fault(Fault::CutAfter),
            ["slow", delay] => Self::Fault(Fault::Slow(seconds(delay)?)),
            ["share", share] => match share.parse() {
                Ok(share) if (0.0..=1.0).contains(&share) => Self::Share(share),
                _ => return Err(format!("{share} is not a number from 0 to 1")),
            },
            ["revoke"] => Self::Revoke,
            ["down"] => Self::Down(None),
            ["down", time] => Self::Down(Some(seconds(time)?)),
            ["up"] => Self::Up,
            ["help"] => Self::Help,
            _ => return Err(format!("{line:?} is not a command; `help` lists them")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_parsed() {
        for (line, command) in [
            ("ok", Command::Ok),
            ("throttle", Command::Fault(Fault::Throttled(30))),
            ("  throttle   5 ", Command::Fault(Fault::Throttled(5))),
            ("fail 500", Command::Fault(Fault::Status(500))),
            ("cut before", Command::Fault(Fault::CutBefore)),
            ("slow 0.5", Command::Fault(Fault::Slow(Duration::from_millis(500)))),
            ("share 0.2", Command::Share(0.2)),
            ("down 60", Command::Down(Some(Duration::from_secs(60)))),
            ("up", Command::Up),
        ] {
            assert_eq!(line.parse(), Ok(command), "{line}");
        }
        for line in ["", "throttle x", "fail 200", "cut", "slow", "slow -1", "slow inf", "share 2", "share NaN", "stop"]
        {
            assert!(line.parse::<Command>().is_err(), "{line}");
        }
    }

    #[test]
    fn the_help_lists_every_command() {
        for word in ["ok", "throttle", "fail", "cut", "slow", "share", "revoke", "down", "up", "help"] {
            assert!(HELP.lines().any(|line| line.split_whitespace().next() == Some(word)), "{word}");
        }
    }
}
