//! The cases in which Vector drops events, according to the README of its configurations. It logs an error, and later
//! events are not affected.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Fault, Settings};
use libtest_mimic::{Failed, Trial};

use crate::receipt::{LONGEST_WAIT, Times};
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    vec![
        trial(shipper, "bad_requests_are_dropped", bad_requests_are_dropped),
        trial(shipper, "events_without_a_token_are_dropped", events_without_a_token_are_dropped),
    ]
}

/// Azure answers that the request itself is invalid.
fn bad_requests_are_dropped(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    let (dropped, later) = (Traffic::new(601, 300), Traffic::new(602, 300));
    scenario.endpoint.faults().set(Fault::Status(400));
    dropped.send(&scenario.tcp(), &[])?;
    wait_for_log(&scenario, "Not retriable; dropping the request.")?;
    // The last batch is complete one second after its last event.
    thread::sleep(Duration::from_secs(3));
    scenario.endpoint.faults().clear();
    later.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[later]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// The client secret is wrong or has expired.
fn events_without_a_token_are_dropped(context: &Context) -> Result<(), Failed> {
    let setup = Setup { secret: Some("not.the~secret"), ..Setup::QUICK };
    let mut scenario = Scenario::start(context, setup, Settings::default())?;
    Traffic::new(603, 300).send(&scenario.tcp(), &[])?;
    wait_for_log(&scenario, "Unexpected error type; dropping the request.")?;
    wait_for_log(&scenario, "Events dropped")?;
    wait_for_log(&scenario, "Healthcheck failed")?;
    scenario.host.check()?;
    match scenario.endpoint.journal().summary().accepted {
        0 => Ok(()),
        accepted => Err(format!("{accepted} records were accepted without a token").into()),
    }
}

fn wait_for_log(scenario: &Scenario, text: &str) -> Result<(), Failed> {
    let start = Instant::now();
    while !scenario.host.log().contains(text) {
        if start.elapsed() > LONGEST_WAIT {
            return Err(scenario.host.failed(&format!("the log does not contain {text:?}")));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
