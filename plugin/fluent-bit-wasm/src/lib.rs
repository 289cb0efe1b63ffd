//! `eset_filter.wasm`: the filter as a module for Fluent Bit's `wasm` filter (`event_format json`).
//!
//! Fluent Bit copies a record into the module as JSON text and calls one of the functions below. The function returns
//! the address of a NUL-terminated JSON object, or of an empty string if the record is dropped. Fluent Bit passes no
//! options, so each combination of options is a function: `eset_filter`, then `_raw_always` or `_raw_never`, then
//! `_keep_heartbeats`, then `_syslog_all`. `function_name` in `host/` composes these names.
//!
//! # What it does not do
//!
//! It answers one record with one record, because Fluent Bit accepts no more. If a message has several events, it
//! returns the first, with `parse_status` `multiple`. It ignores the tag and the timestamp.
//!
//! Source: Fluent Bit, `plugins/filter_wasm` and `src/wasm/flb_wasm.c`.

// A module's panic message is never shown. Without the standard library, which formats it, the module is a tenth
// smaller.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

pub mod memory;
mod module;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Stops the call. Fluent Bit logs this and drops the record.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

use eset_filter::{Heartbeats, Options, Raw, SyslogFields};

use module::Module;

/// Defines the module's functions, each with its options.
macro_rules! export {
    ($($name:ident: $raw:ident, $heartbeats:ident, $syslog_fields:ident;)*) => {$(
        #[doc = concat!("Filters a record with `raw` ", stringify!($raw), ", `heartbeats` ", stringify!($heartbeats),
            ", `syslog_fields` ", stringify!($syslog_fields), ".")]
        ///
        /// # Safety
        ///
        /// `record` is null or the address of `record_len` bytes that do not change during the call.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            _tag: *const u8,
            _tag_len: u32,
            _sec: u32,
            _nsec: u32,
            record: *const u8,
            record_len: u32,
        ) -> *const u8 {
            static MODULE: Module = Module::new(|| options(Raw::$raw, Heartbeats::$heartbeats, SyslogFields::$syslog_fields));
            // SAFETY: guaranteed by the caller.
            MODULE.answer(unsafe { memory::bytes(record, record_len) })
        }
    )*

    /// The functions, each with its options.
    #[cfg(test)]
    const FUNCTIONS: &[(&str, fn() -> Options)] = &[
        $((stringify!($name), || options(Raw::$raw, Heartbeats::$heartbeats, SyslogFields::$syslog_fields)),)*
    ];};
}

fn options(raw: Raw, heartbeats: Heartbeats, syslog_fields: SyslogFields) -> Options {
    Options::for_shipper().raw(raw).heartbeats(heartbeats).syslog_fields(syslog_fields).single(true)
}

export! {
    eset_filter: OnError, Drop, Hostname;
    eset_filter_syslog_all: OnError, Drop, All;
    eset_filter_keep_heartbeats: OnError, Keep, Hostname;
    eset_filter_keep_heartbeats_syslog_all: OnError, Keep, All;
    eset_filter_raw_always: Always, Drop, Hostname;
    eset_filter_raw_always_syslog_all: Always, Drop, All;
    eset_filter_raw_always_keep_heartbeats: Always, Keep, Hostname;
    eset_filter_raw_always_keep_heartbeats_syslog_all: Always, Keep, All;
    eset_filter_raw_never: Never, Drop, Hostname;
    eset_filter_raw_never_syslog_all: Never, Drop, All;
    eset_filter_raw_never_keep_heartbeats: Never, Keep, Hostname;
    eset_filter_raw_never_keep_heartbeats_syslog_all: Never, Keep, All;
}

#[cfg(test)]
mod tests {
    use eset_filter_wasm_host::{function_name, functions};

    use super::*;

    #[test]
    fn each_set_of_options_has_a_function() {
        let exported: Vec<_> = FUNCTIONS.iter().map(|(name, options)| ((*name).to_owned(), options())).collect();
        let expected: Vec<_> = functions().map(|options| (function_name(&options), options)).collect();
        assert_eq!(exported, expected);
    }
}
