//! `eset_filter.wasm`: the filter as a module for Fluent Bit's `wasm` filter (`event_format json`).
//!
//! The host copies a record into the module as JSON text and calls one of the functions below, which answers with the
//! address of a NUL-terminated JSON object, or of an empty text if the record is to be dropped. The host passes no
//! options, so each combination of options is a function: `eset_filter`, then `_raw_always` or `_raw_never`, then
//! `_keep_heartbeats`, then `_syslog_all`, as `function_name` in `host/` puts them together.
//!
//! # What it does not do
//!
//! One record is answered with one record, because the host accepts no more: of several events in a message the first
//! is returned, with `parse_status` `multiple`. The tag and the timestamp are ignored.
//!
//! Source: Fluent Bit, `plugins/filter_wasm` and `src/wasm/flb_wasm.c`.

// Nobody sees the message of a panic in a module. Without the standard library, which writes it, the module is a tenth smaller.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

pub mod memory;
mod module;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Stops the call. The host says so in its log and keeps the record as it is.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

use eset_filter::{Heartbeats, Options, Raw, SyslogFields};

use module::Module;

/// Defines a function of the module, with the options it stands for.
macro_rules! export {
    ($($name:ident: $raw:ident, $heartbeats:ident, $syslog_fields:ident;)*) => {$(
        #[doc = concat!("Filters a record with `raw` ", stringify!($raw), ", `heartbeats` ", stringify!($heartbeats),
            ", `syslog_fields` ", stringify!($syslog_fields), ".")]
        ///
        /// # Safety
        ///
        /// `record` is null or the address of `record_len` bytes that stay unchanged during the call.
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
            // SAFETY: the caller keeps this function's own promise.
            MODULE.answer(unsafe { memory::bytes(record, record_len) })
        }
    )*

    /// The functions, with the options that each stands for.
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
    fn there_is_a_function_for_each_set_of_options() {
        let exported: Vec<_> = FUNCTIONS.iter().map(|(name, options)| ((*name).to_owned(), options())).collect();
        let expected: Vec<_> = functions().map(|options| (function_name(&options), options)).collect();
        assert_eq!(exported, expected);
    }
}
