//! The ways in which Azure fails. Every event still arrives, some of them more than once.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Call, Fault, Settings};
use libtest_mimic::{Failed, Trial};

use crate::receipt::Times;
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    vec![
        trial(shipper, "a_fifth_of_the_calls_fails", a_fifth_of_the_calls_fails),
        trial(shipper, "throttled", throttled),
        trial(shipper, "server_errors", server_errors),
        trial(shipper, "role_is_missing", role_is_missing),
        trial(shipper, "rule_is_missing", rule_is_missing),
        trial(shipper, "down_for_a_while", down_for_a_while),
        trial(shipper, "down_for_a_minute", down_for_a_minute),
        trial(shipper, "token_expires_and_is_revoked", token_expires_and_is_revoked),
        trial(shipper, "slow_answers", slow_answers),
        trial(shipper, "no_answers", no_answers),
        trial(shipper, "cut_before", cut_before),
        trial(shipper, "cut_after", cut_after),
    ]
}

/// Returns ten seconds of steady load.
fn load(seed: u64) -> Traffic {
    Traffic::new(seed, 5000).at(500)
}

/// Keeps a fault until it has hit this many calls, while traffic is sent, and then checks that all records arrive.
/// Returns how many of them arrived more than once.
fn outlast(
    context: &Context,
    setup: Setup,
    traffic: Traffic,
    fault: Fault,
    hits: usize,
    times: Times,
) -> Result<usize, Failed> {
    let scenario = Scenario::start(context, setup, Settings::default())?;
    scenario.endpoint.faults().set(fault);
    let (to, journal) = (scenario.tcp(), scenario.endpoint.journal());
    let was_hit = thread::scope(|scope| {
        let sender = scope.spawn(|| traffic.send(&to, &[]));
        let was_hit = journal.wait(Duration::from_secs(60), |summary, _| summary.failed >= hits);
        scenario.endpoint.faults().clear();
        sender.join().expect("a sender does not panic").map(|()| was_hit)
    })?;
    if !was_hit {
        return Err(format!("{fault:?} hit fewer than {hits} calls: {:?}", journal.summary()).into());
    }
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, times)
}

fn a_fifth_of_the_calls_fails(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    scenario.endpoint.faults().set_share(Fault::Status(503), 0.2);
    let traffic = Traffic::new(101, 10_000).at(500);
    traffic.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

fn throttled(context: &Context) -> Result<(), Failed> {
    outlast(context, Setup::QUICK, load(102), Fault::Throttled(5), 5, Times::Once).map(drop)
}

fn server_errors(context: &Context) -> Result<(), Failed> {
    outlast(context, Setup::QUICK, load(103), Fault::Status(500), 5, Times::Once).map(drop)
}

/// The role is not assigned yet, or the assignment has not taken effect in Azure.
fn role_is_missing(context: &Context) -> Result<(), Failed> {
    outlast(context, Setup::QUICK, load(111), Fault::Status(403), 5, Times::Once).map(drop)
}

/// The data collection rule does not exist yet.
fn rule_is_missing(context: &Context) -> Result<(), Failed> {
    outlast(context, Setup::QUICK, load(112), Fault::Status(404), 5, Times::Once).map(drop)
}

/// The endpoint does not listen for some seconds during the load.
fn down_for_a_while(context: &Context) -> Result<(), Failed> {
    down(context, Setup::QUICK, load(104), Duration::from_secs(5))
}

/// The endpoint does not listen for a minute, and the shipper has the shipped retry settings.
fn down_for_a_minute(context: &Context) -> Result<(), Failed> {
    down(context, Setup::default(), Traffic::new(105, 14_000).at(200), Duration::from_secs(60))
}

fn down(context: &Context, setup: Setup, traffic: Traffic, time: Duration) -> Result<(), Failed> {
    let scenario = Scenario::start(context, setup, Settings::default())?;
    let to = scenario.tcp();
    thread::scope(|scope| {
        let sender = scope.spawn(|| traffic.send(&to, &[]));
        thread::sleep(Duration::from_secs(3));
        scenario.endpoint.go_down();
        thread::sleep(time);
        scenario.endpoint.come_up()?;
        sender.join().expect("a sender does not panic")
    })?;
    let up = Instant::now();
    let expected = scenario.expect(&[traffic]);
    expected.wait(&scenario.endpoint)?;
    println!("{}: the last delayed record arrived {:.0?} after the load", context.name, up.elapsed());
    // A call that was in progress when the connection was cut may have been accepted.
    scenario.finish(&expected, Times::AtLeastOnce).map(drop)
}

/// Tokens expire and are revoked. A shipper requests another token only when the old one is about to expire, even if
/// Azure refuses it earlier.
fn token_expires_and_is_revoked(context: &Context) -> Result<(), Failed> {
    let settings = Settings { token_lifetime: context.shipper.short_token_lifetime(), ..Settings::default() };
    let scenario = Scenario::start(context, Setup::QUICK, settings)?;
    let to = scenario.tcp();
    let traffic = Traffic::new(106, 7500).at(100);
    thread::scope(|scope| {
        let sender = scope.spawn(|| traffic.send(&to, &[]));
        thread::sleep(Duration::from_secs(50));
        scenario.endpoint.revoke_tokens();
        sender.join().expect("a sender does not panic")
    })?;
    let expected = scenario.expect(&[traffic]);
    expected.wait(&scenario.endpoint)?;
    let calls = scenario.endpoint.journal().calls();
    let tokens = calls.iter().filter(|call| call.is_token).count();
    let refused = calls.iter().filter(|call| call.status == Some(401)).count();
    if tokens < 2 || refused == 0 {
        return Err(format!("{tokens} tokens were issued, {refused} calls were refused").into());
    }
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Azure answers slowly, and several calls are in progress at once.
fn slow_answers(context: &Context) -> Result<(), Failed> {
    let slow = Fault::Slow(Duration::from_secs(4));
    let scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    scenario.endpoint.faults().set(slow);
    let traffic = load(107);
    traffic.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Records are accepted, but the shipper gives up waiting for the answer and sends them again.
fn no_answers(context: &Context) -> Result<(), Failed> {
    let setup = Setup { answer_timeout: Some(3), ..Setup::QUICK };
    let never = Fault::Slow(Duration::from_secs(3600));
    // A call without an answer does not count as failed in the journal, so the fault ends with the load and not after
    // a number of failed calls.
    let scenario = Scenario::start(context, setup, Settings::default())?;
    scenario.endpoint.faults().set(never);
    let traffic = load(108);
    traffic.send(&scenario.tcp(), &[])?;
    scenario.endpoint.faults().clear();
    let expected = scenario.expect(&[traffic]);
    let answered = |calls: &[Call]| calls.iter().filter(|call| !call.is_token).count();
    let before = answered(&scenario.endpoint.journal().calls());
    let has_repeated = scenario.endpoint.journal().wait(Duration::from_secs(60), |summary, _| summary.calls > before);
    if !has_repeated {
        return Err(scenario.host.failed("the shipper waits for answers that never arrive"));
    }
    let repeated = scenario.finish(&expected, Times::AtLeastOnce)?;
    if repeated == 0 { Err("records without an answer did not arrive again".into()) } else { Ok(()) }
}

fn cut_before(context: &Context) -> Result<(), Failed> {
    outlast(context, Setup::QUICK, load(109), Fault::CutBefore, 5, Times::Once).map(drop)
}

fn cut_after(context: &Context) -> Result<(), Failed> {
    match outlast(context, Setup::QUICK, load(110), Fault::CutAfter, 5, Times::AtLeastOnce)? {
        0 => Err("records that were accepted without an answer did not arrive again".into()),
        _ => Ok(()),
    }
}
