//! The configurations in `vector-config/`. Vector accepts each set of them and passes its tests. Each source accepts
//! every kind of message that its transport can carry, and passes it on byte for byte. The filters return the same
//! records as the core.

mod buffer;
pub(crate) mod exchange;
mod files;
mod filters;
mod options;
mod readme;
mod receive;
mod secrets;
mod shipped;
mod yaml;

use eset_filter_tests::vector::Vector;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = files::trials();
    trials.extend(options::trials());
    trials.extend(secrets::trials());
    trials.extend(readme::trials());
    for host in &Vector::all_tested() {
        trials.extend(crate::start::with_vector(host));
        trials.extend(files::sets(host));
        trials.push(options::with_schema(host));
        trials.extend(readme::with_host(host));
        trials.extend(receive::trials(host));
        trials.extend(filters::trials(host));
        trials.extend(buffer::trials(host));
    }
    trials
}
