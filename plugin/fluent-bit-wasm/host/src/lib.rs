//! Runs a WebAssembly module as Fluent Bit's `wasm` filter does with `event_format json`.
//!
//! One instance answers all records. A record is copied into the module with the module's own `malloc`. The answer is a
//! C string in the module's memory. Then the copy is freed.
//!
//! # What it does not do
//!
//! It provides no imports, not even WASI: the filter needs none. It provides no heap to a module without `malloc` and
//! `free`, although Fluent Bit does. The interpreter's stack is large, but Fluent Bit's is 8192 bytes, so a module that
//! runs here may overflow it there.
//!
//! Source: Fluent Bit, `plugins/filter_wasm/filter_wasm.c` and `src/wasm/flb_wasm.c`.
#![forbid(unsafe_code)]

mod functions;
mod record;

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use wasmi::{
    CompilationMode, Config, Engine, Instance, Linker, Memory, Module, Store, TypedFunc, WasmParams, WasmResults,
};

pub use functions::{function_name, function_options, functions};
pub use record::write_record;

/// The first bytes of a module.
pub const MAGIC: &[u8] = b"\0asm";

/// The first bytes of a module that WAMR's compiler has compiled for a processor.
const AOT_MAGIC: &[u8] = b"\0aot";

/// The tag passed with each record.
const TAG: &[u8] = b"eset";

/// A module and its function that answers records.
#[derive(Debug)]
pub struct WasmHost {
    store: Store<()>,
    memory: Memory,
    malloc: TypedFunc<u32, u32>,
    free: TypedFunc<u32, ()>,
    function: TypedFunc<Arguments, u32>,
    metered: bool,
}

/// `tag, tag_len, sec, nsec, record, record_len`. The lengths do not include the terminating NUL.
type Arguments = (u32, u32, u32, u32, u32, u32);

/// An error from a module.
#[derive(Debug)]
pub enum WasmHostError {
    /// The bytes are not a module. Says what they are instead.
    Format(&'static str),
    /// The module is damaged, or needs a feature that Fluent Bit's runtime lacks as well.
    Module(wasmi::Error),
    /// The module needs an import.
    Import(String),
    /// The module lacks an export, or exports it with another type.
    Export {
        /// The name of the export.
        name: String,
        /// The expected type.
        expected: &'static str,
    },
    /// The module trapped, or ran out of fuel.
    Trap(wasmi::Error),
    /// The module cannot allocate this many bytes.
    NoRoom(usize),
    /// The module's answer is not terminated within its memory.
    Unterminated,
}

impl WasmHost {
    /// Loads a module. `function` is the name of the function that answers records.
    ///
    /// # Errors
    ///
    /// The module is not valid, needs imports, or lacks an export.
    pub fn new(wasm: &[u8], function: &str) -> Result<Self, WasmHostError> {
        Self::instantiate(wasm, function, false)
    }

    /// Behaves like [`WasmHost::new`], but counts the instructions that the module executes and stops a call
    /// that does not end. This is slower.
    ///
    /// # Errors
    ///
    /// As for [`WasmHost::new`].
    pub fn with_fuel(wasm: &[u8], function: &str) -> Result<Self, WasmHostError> {
        Self::instantiate(wasm, function, true)
    }

    fn instantiate(wasm: &[u8], function: &str, metered: bool) -> Result<Self, WasmHostError> {
        check_format(wasm)?;
        let mut config = Config::default();
        config.consume_fuel(metered);
        if metered {
            // Otherwise the first call of each function would also pay for its translation.
            config.compilation_mode(CompilationMode::Eager);
        }
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).map_err(WasmHostError::Module)?;
        if let Some(import) = module.imports().next() {
            return Err(WasmHostError::Import(format!("{}.{}", import.module(), import.name())));
        }
        let mut store = Store::new(&engine, ());
        refuel(&mut store, metered);
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).map_err(WasmHostError::Trap)?;
        let memory = instance.get_memory(&store, "memory").ok_or_else(|| missing("memory", "memory"))?;
        Ok(Self {
            memory,
            malloc: export(&instance, &store, "malloc", "function (i32) -> i32")?,
            free: export(&instance, &store, "free", "function (i32)")?,
            function: export(&instance, &store, function, "function (i32, i32, i32, i32, i32, i32) -> i32")?,
            store,
            metered,
        })
    }

    /// Passes a record to the module as JSON text, and replaces `answer` by the module's answer: JSON text, or nothing
    /// if the record is dropped.
    ///
    /// # Errors
    ///
    /// The module failed, and the record is lost. The module can be called again.
    pub fn call(&mut self, record: &[u8], answer: &mut Vec<u8>) -> Result<(), WasmHostError> {
        answer.clear();
        refuel(&mut self.store, self.metered);
        let tag = self.copy_in(TAG)?;
        let answered = self.copy_in(record).and_then(|address| {
            let answered = self.answer(tag, address, record.len(), answer);
            let freed = self.free.call(&mut self.store, address).map_err(WasmHostError::Trap);
            answered.and(freed)
        });
        let freed = self.free.call(&mut self.store, tag).map_err(WasmHostError::Trap);
        answered.and(freed).inspect_err(|_| answer.clear())
    }

    /// Returns the size of the module's memory in bytes. It never shrinks.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    /// Returns the cost of the last call, including copying, in wasmi's units of fuel. A unit is about one instruction.
    /// Always 0 without [`WasmHost::with_fuel`].
    #[must_use]
    pub fn fuel_consumed(&self) -> u64 {
        self.store.get_fuel().map_or(0, |left| TANK - left)
    }

    /// Copies the bytes and a NUL into the module's memory. Returns their address.
    fn copy_in(&mut self, bytes: &[u8]) -> Result<u32, WasmHostError> {
        let no_room = || WasmHostError::NoRoom(bytes.len());
        let size = u32::try_from(bytes.len() + 1).map_err(|_| no_room())?;
        let address = self.malloc.call(&mut self.store, size).map_err(WasmHostError::Trap)?;
        let start = address as usize;
        let memory = self.memory.data_mut(&mut self.store);
        let room = memory.get_mut(start..start + bytes.len() + 1).filter(|_| address != 0).ok_or_else(no_room)?;
        room[..bytes.len()].copy_from_slice(bytes);
        room[bytes.len()] = 0;
        Ok(address)
    }

    fn answer(&mut self, tag: u32, record: u32, length: usize, answer: &mut Vec<u8>) -> Result<(), WasmHostError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let arguments = (tag, TAG.len() as u32, now.as_secs() as u32, now.subsec_nanos(), record, length as u32);
        let address = self.function.call(&mut self.store, arguments).map_err(WasmHostError::Trap)?;
        if address == 0 {
            return Ok(());
        }
        let memory = self.memory.data(&self.store).get(address as usize..).unwrap_or_default();
        let end = memchr::memchr(0, memory).ok_or(WasmHostError::Unterminated)?;
        answer.extend_from_slice(&memory[..end]);
        Ok(())
    }
}

/// Checks that the bytes begin like a module.
fn check_format(wasm: &[u8]) -> Result<(), WasmHostError> {
    if wasm.starts_with(MAGIC) {
        return Ok(());
    }
    Err(WasmHostError::Format(match wasm {
        [] => "it is empty",
        _ if wasm.starts_with(AOT_MAGIC) => "it is compiled ahead of time, and only Fluent Bit can run it",
        _ => "it is not a WebAssembly module",
    }))
}

/// The maximum fuel of a call. This is enough for about 20 MB of messages, and ends an endless call within seconds.
const TANK: u64 = 2_000_000_000;

fn refuel(store: &mut Store<()>, metered: bool) {
    if metered {
        let filled = store.set_fuel(TANK);
        debug_assert!(filled.is_ok(), "metering is on");
    }
}

fn export<P: WasmParams, R: WasmResults>(
    instance: &Instance,
    store: &Store<()>,
    name: &str,
    expected: &'static str,
) -> Result<TypedFunc<P, R>, WasmHostError> {
    instance.get_typed_func(store, name).map_err(|_| missing(name, expected))
}

fn missing(name: &str, expected: &'static str) -> WasmHostError {
    WasmHostError::Export { name: name.to_owned(), expected }
}

impl fmt::Display for WasmHostError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(what) => formatter.write_str(what),
            Self::Module(error) => write!(formatter, "not a WebAssembly module that can be run: {error}"),
            Self::Import(name) => write!(formatter, "the module imports {name}, but no imports are available"),
            Self::Export { name, expected } => write!(formatter, "the module does not export {name} as {expected}"),
            Self::Trap(error) => write!(formatter, "the module trapped: {error}"),
            Self::NoRoom(length) => write!(formatter, "the module has no memory for {length} bytes"),
            Self::Unterminated => formatter.write_str("the module's answer is not terminated within its memory"),
        }
    }
}

impl std::error::Error for WasmHostError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Module(error) | Self::Trap(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
