//! The instances that have been started, each with its context.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::abi::FilterInstance;
use crate::instance::Instance;

static STARTED: Mutex<Vec<Started>> = Mutex::new(Vec::new());

struct Started {
    /// The host's instance: an address to compare with.
    instance: usize,
    context: Arc<Instance>,
}

/// Keeps a filter for an instance, instead of one that the host has had made before, and gives the context that stands for
/// it: an address that stays valid until [`remove`].
pub(crate) fn insert(instance: *mut FilterInstance, filter: Instance) -> *mut c_void {
    let context = Arc::new(filter);
    let address = Arc::as_ptr(&context).cast_mut().cast();
    let mut started = started();
    started.retain(|known| known.instance != instance as usize);
    started.push(Started { instance: instance as usize, context });
    address
}

/// Whether the address is one of an instance that has been started.
pub(crate) fn is_instance(address: *const c_void) -> bool {
    started().iter().any(|known| known.instance == address as usize)
}

/// Lets a filter go, and with the last one all memory: the host unloads the file.
pub(crate) fn remove(context: *const c_void) {
    let mut started = started();
    started.retain(|known| Arc::as_ptr(&known.context).cast() != context);
    started.shrink_to_fit();
}

fn started() -> MutexGuard<'static, Vec<Started>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}
