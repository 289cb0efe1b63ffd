//! The secret: it reaches Azure as it is, the log says that Azure has taken it, and it stands neither in the environment of the
//! process nor in its log.

use std::sync::Arc;

use eset_filter_azure_loopback::Settings;
use libtest_mimic::{Failed, Trial};

use crate::receipt::Times;
use crate::scenario::{self, Context, Scenario};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// What a configuration could take for something else.
pub(crate) const ANY: &str = "it's #1: {50%} [x] & ${HOME} gr\u{fc}\u{df}e";

/// What Entra ID makes, for a shipper that puts the secret into a request as it is.
pub(crate) const PLAIN: &str = "Abc8Q~dEf-GhI_jKl.MnO~pQr";

/// The trial with a host that reads the secret from a file, and whose log then has that line.
pub(crate) fn trial(shipper: &Arc<dyn Shipper>, secret: &'static str, line: &'static str) -> Trial {
    scenario::trial(shipper, "secret_is_in_no_environment", move |context| {
        secret_is_in_no_environment(context, secret, line)
    })
}

fn secret_is_in_no_environment(context: &Context, secret: &str, line: &str) -> Result<(), Failed> {
    let settings = Settings { client_secret: secret.to_owned(), ..Settings::default() };
    let scenario = Scenario::start(context, Setup::default(), settings)?;
    let traffic = Traffic::new(701, 100);
    traffic.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[traffic]);
    expected.wait(&scenario.endpoint)?;
    if !scenario.host.log().contains(line) {
        return Err(scenario.host.failed("the log does not say that Azure has taken the secret"));
    }
    let environment = scenario.host.environment()?;
    if !environment.contains("PATH=") {
        return Err(format!("this is no environment: {environment:?}").into());
    }
    for (place, text) in [("environment or arguments", environment), ("log", scenario.host.log())] {
        if text.contains(secret) {
            return Err(format!("the secret stands in its {place}: {text}").into());
        }
    }
    scenario.finish(&expected, Times::Once).map(drop)
}
