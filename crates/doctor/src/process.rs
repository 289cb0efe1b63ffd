//! Runs a program with a time limit.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The maximum length of the output that is read from each pipe, in bytes. The programs used here write much less.
const LONGEST: u64 = 1024 * 1024;

/// The output and exit status of a program.
#[derive(Debug)]
pub(crate) struct Run {
    /// The lines on stdout.
    pub(crate) stdout: Vec<String>,
    /// The lines on stderr.
    pub(crate) stderr: Vec<String>,
    /// The exit status. `None` if the program was killed here.
    pub(crate) status: Option<ExitStatus>,
}

/// Runs the program until it exits, `is_enough` returns true for a line on stdout, or the time limit expires.
///
/// # Errors
///
/// The program cannot be started.
pub(crate) fn run(command: &mut Command, limit: Duration, is_enough: impl Fn(&str) -> bool) -> io::Result<Run> {
    let until = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, receiver) = mpsc::channel();
    for (pipe, is_stdout) in [(boxed(child.stdout.take()), true), (boxed(child.stderr.take()), false)] {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(pipe.take(LONGEST)).split(b'\n');
            // Sending fails once the receiver has enough output.
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
        // It may have exited in the meantime, so errors do not matter.
        let _ = child.kill();
        let _ = child.wait();
    }
    Ok(run)
}

/// Waits for the exit. Both pipes are closed, so it is imminent.
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
    fn output_and_exit_status_are_returned() {
        let run = shell("echo a; echo b; echo c >&2; exit 3", Duration::from_secs(20), |_| false);
        assert_eq!((run.stdout.join(","), run.stderr.join(",")), ("a,b".to_owned(), "c".to_owned()));
        assert_eq!(run.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn the_program_is_killed_at_the_time_limit_or_after_enough_output() {
        let start = Instant::now();
        let run = shell("echo a; exec sleep 60", Duration::from_millis(300), |_| false);
        assert_eq!((run.stdout.join(","), run.status), ("a".to_owned(), None));
        let run = shell("echo a; echo enough; exec sleep 60", Duration::from_secs(40), |line| line == "enough");
        assert_eq!((run.stdout.join(","), run.status), ("a,enough".to_owned(), None));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_missing_program_is_an_error() {
        assert!(run(&mut Command::new("/nowhere/x"), Duration::from_secs(1), |_| false).is_err());
    }
}
