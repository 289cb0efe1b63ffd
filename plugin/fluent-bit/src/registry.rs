//! The started instances, each with its context.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::abi::FilterInstance;
use crate::instance::Instance;

static STARTED: Mutex<Vec<Started>> = Mutex::new(Vec::new());

struct Started {
    /// The address of Fluent Bit's instance, only for comparison.
    instance: usize,
    context: Arc<Instance>,
}

/// Registers the filter of an instance, replacing an earlier one that Fluent Bit had created for it. Returns the
/// context, an address that stays valid until [`remove`].
pub(crate) fn insert(instance: *mut FilterInstance, filter: Instance) -> *mut c_void {
    let context = Arc::new(filter);
    let address = Arc::as_ptr(&context).cast_mut().cast();
    let mut started = started();
    started.retain(|known| known.instance != instance as usize);
    started.push(Started { instance: instance as usize, context });
    address
}

/// Returns whether the address is that of a started instance.
pub(crate) fn is_instance(address: *const c_void) -> bool {
    started().iter().any(|known| known.instance == address as usize)
}

/// Drops the filter of this context. The last call frees all memory, because Fluent Bit then unloads the file.
pub(crate) fn remove(context: *const c_void) {
    let mut started = started();
    started.retain(|known| Arc::as_ptr(&known.context).cast() != context);
    started.shrink_to_fit();
}

fn started() -> MutexGuard<'static, Vec<Started>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}
