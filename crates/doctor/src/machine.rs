//! The checks of the machine, which are the same for all shippers: ports, certificates and disk.

use std::time::SystemTime;

use crate::check::{Check, Subject};
use crate::setup::Setup;
use crate::{certificate, disk, ports};

/// The subject of the checks.
pub(crate) struct Machine<'s> {
    pub(crate) setup: &'s Setup,
    /// The name that ESET PROTECT connects to.
    pub(crate) host: Option<&'s str>,
    /// The name of the shipper's processes.
    pub(crate) service: &'s str,
}

/// The checks, in the order of their findings.
pub(crate) fn checks<'s>() -> [Check<Machine<'s>>; 3] {
    [
        Check::quick(|machine| ports::check(&machine.setup.listeners, machine.service)),
        Check::quick(|machine| {
            let tls = machine.setup.listeners.iter().filter_map(|listener| listener.tls.as_ref());
            tls.flat_map(|tls| certificate::check(tls, machine.host, SystemTime::now())).collect()
        }),
        Check::quick(|machine| machine.setup.buffers.iter().map(disk::check).collect()),
    ]
}

impl Subject for Machine<'_> {
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}
