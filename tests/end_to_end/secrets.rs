//! The client secret reaches Azure unchanged, and the log reports that Azure has accepted it. The secret is neither in
//! the environment of the process nor in its log.

use std::sync::Arc;

use eset_filter_azure_loopback::Settings;
use libtest_mimic::{Failed, Trial};

use crate::receipt::Times;
use crate::scenario::{self, Context, Scenario};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// A secret with characters that have a meaning in configurations.
pub(crate) const ANY: &str = "it's #1: {50%} [x] & ${HOME} gr\u{fc}\u{df}e";

/// A secret as Entra ID generates it, for a shipper that puts it into a request without encoding.
pub(crate) const PLAIN: &str = "Abc8Q~dEf-GhI_jKl.MnO~pQr";

/// Returns the trial with a shipper that reads the secret from a file. `line` must then be in its log.
pub(crate) fn trial(shipper: &Arc<dyn Shipper>, secret: &'static str, line: &'static str) -> Trial {
    scenario::trial(shipper, "secret_is_not_in_the_environment", move |context| {
        secret_is_not_in_the_environment(context, secret, line)
    })
}

fn secret_is_not_in_the_environment(context: &Context, secret: &str, line: &str) -> Result<(), Failed> {
    let settings = Settings { client_secret: secret.to_owned(), ..Settings::default() };
    let scenario = Scenario::start(context, Setup::default(), settings)?;
    let traffic = Traffic::new(701, 100);
    traffic.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[traffic]);
    expected.wait(&scenario.endpoint)?;
    if !scenario.host.log().contains(line) {
        return Err(scenario.host.failed("the log does not report that Azure has accepted the secret"));
    }
    let environment = scenario.host.environment()?;
    if !environment.contains("PATH=") {
        return Err(format!("the environment has no PATH: {environment:?}").into());
    }
    for (place, text) in [("environment or arguments", environment), ("log", scenario.host.log())] {
        if text.contains(secret) {
            return Err(format!("the {place} of the shipper contains the secret: {text}").into());
        }
    }
    scenario.finish(&expected, Times::Once).map(drop)
}
