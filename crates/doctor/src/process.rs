//! Runs a program with a time limit.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// More than any program has to say here, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// What has become of a program.
#[derive(Debug)]
pub(crate) struct Run {
    /// What it wrote to stdout, a line each.
    pub(crate) stdout: Vec<String>,
    /// What it wrote to stderr, a line each.
    pub(crate) stderr: Vec<String>,
    /// How it ended by itself, if it did.
    pub(crate) status: Option<ExitStatus>,
}

/// Runs the program until it ends, or one of its lines on stdout is enough, or the time is over.
///
/// # Errors
///
/// It cannot be started.
pub(crate) fn run(command: &mut Command, limit: Duration, is_enough: impl Fn(&str) -> bool) -> io::Result<Run> {
    let until = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, receiver) = mpsc::channel();
    for (pipe, is_stdout) in [(boxed(child.stdout.take()), true), (boxed(child.stderr.take()), false)] {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(pipe.take(LONGEST)).split(b'\n');
            // Who has heard enough does not listen any more.
            while let Some(Ok(line)) = lines.next()
                && sender.send((is_stdout, String::from_utf8_lossy(&line).into_owned())).is_ok()
            {}
        });
    }
    drop(sender);
    let mut run = Run { stdout: Vec::new(), stderr: Vec::new(), status: None };
    let ended = loop {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((true, line)) => {
                let enough = is_enough(&line);
                run.stdout.push(line);
                if enough {
                    break false;
                }
            }
            Ok((false, line)) => run.stderr.push(line),
            Err(RecvTimeoutError::Disconnected) => break true,
            Err(RecvTimeoutError::Timeout) => break false,
        }
    };
    run.status = if ended { wait(&mut child, until) } else { None };
    if run.status.is_none() {
        // It may have ended just now, and then there is nothing to end.
        let _ = child.kill();
        let _ = child.wait();
    }
    Ok(run)
}

/// Both pipes are closed, so it ends at any moment.
fn wait(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}

fn boxed(pipe: Option<impl Read + Send + 'static>) -> Box<dyn Read + Send> {
    match pipe {
        Some(pipe) => Box::new(pipe),
        None => Box::new(io::empty()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration, is_enough: impl Fn(&str) -> bool) -> Run {
        run(Command::new("/bin/sh").args(["-c", script]), limit, is_enough).unwrap()
    }

    #[test]
    fn what_it_says_and_how_it_ends_is_told() {
        let run = shell("echo a; echo b; echo c >&2; exit 3", Duration::from_secs(20), |_| false);
        assert_eq!((run.stdout.join(","), run.stderr.join(",")), ("a,b".to_owned(), "c".to_owned()));
        assert_eq!(run.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn it_is_ended_when_the_time_is_over_or_enough_was_said() {
        let start = Instant::now();
        let run = shell("echo a; exec sleep 60", Duration::from_millis(300), |_| false);
        assert_eq!((run.stdout.join(","), run.status), ("a".to_owned(), None));
        let run = shell("echo a; echo enough; exec sleep 60", Duration::from_secs(40), |line| line == "enough");
        assert_eq!((run.stdout.join(","), run.status), ("a,enough".to_owned(), None));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        assert!(run(&mut Command::new("/nowhere/x"), Duration::from_secs(1), |_| false).is_err());
    }
}
