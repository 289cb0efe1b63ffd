//! The plugin file: whether it exists, is of the right kind, is built for this machine, and exports what Fluent Bit
//! expects.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::{env, fs};

use object::read::elf::{ElfFile, FileHeader};
use object::{Endianness, FileKind, Object, ObjectSymbol, elf};
use serde_json::Value;

use crate::file;
use crate::finding::Finding;
use crate::reason::Reason;
use crate::sample;
use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_wasm_host::{self as wasm_host, WasmHost, WasmHostError};

const CHECK: &str = "plugin";

/// The first bytes of a WebAssembly module.
const WASM: &[u8] = b"\0asm";

/// The first bytes of a module that WAMR's compiler has compiled ahead of time.
const AOT: &[u8] = b"\0aot";

/// The maximum length of a plugin, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The number of generated messages that a module is tested with. They begin with one of each kind.
const GENERATED: usize = 40;

/// Machines: Rust's name, the ELF machine number, and the name to print.
const MACHINES: [(&str, elf::Machine, &str); 4] = [
    ("x86_64", elf::EM_X86_64, "x86-64"),
    ("aarch64", elf::EM_AARCH64, "ARM64"),
    ("arm", elf::EM_ARM, "ARM"),
    ("riscv64", elf::EM_RISCV, "RISC-V"),
];

/// The module of a `wasm` filter.
#[derive(Debug)]
pub(crate) enum Module {
    /// A WebAssembly module, for the interpreter.
    Wasm(Vec<u8>),
    /// Compiled ahead of time.
    Aot,
}

/// Reads a plugin file.
///
/// # Errors
///
/// The file cannot be read, or is empty.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Finding> {
    match file::read(path, LONGEST) {
        Ok(bytes) if bytes.is_empty() => {
            Err(Finding::error(CHECK, format!("{} is empty", path.display()), "Copy the plugin there again."))
        }
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Determines the kind of a module.
///
/// # Errors
///
/// The file is not a module.
pub(crate) fn module(path: &Path, bytes: Vec<u8>) -> Result<Module, Finding> {
    if bytes.starts_with(WASM) {
        return Ok(Module::Wasm(bytes));
    }
    if bytes.starts_with(AOT) {
        return Ok(Module::Aot);
    }
    let what = format!("{} is not a WebAssembly module", path.display());
    Err(Finding::error(
        CHECK,
        what,
        "Use the eset_filter.wasm that `make wasm` builds. A native filter goes under `plugins:`.",
    ))
}

/// What a finding about a module refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    File,
    Function,
}

/// Runs a module's function on messages of every kind. `options` are the options that the function name implies.
/// `None` means that it is not one of this filter's functions.
pub(crate) fn try_module(path: &Path, wasm: &[u8], function: &str, options: Option<&Options>) -> (Subject, Finding) {
    let shown = path.display();
    let mut host = match WasmHost::with_fuel(wasm, function) {
        Ok(host) => host,
        Err(WasmHostError::Export { name, .. }) if name == function => {
            let what = format!("{shown} has no function {function}: every record would be dropped");
            return (Subject::Function, Finding::error(CHECK, what, NAMES));
        }
        Err(error) => {
            let what = format!("{shown} cannot be used: {error}");
            return (Subject::File, Finding::error(CHECK, what, "Use the eset_filter.wasm that `make wasm` builds."));
        }
    };
    let Some(options) = options else {
        let what = format!("the output of {function} was not checked: it is not one of this filter's functions");
        return (Subject::Function, Finding::skipped(CHECK, what, NAMES));
    };
    let finding = match compare(&mut host, options) {
        Ok(()) => Finding::ok(CHECK, format!("{shown} reads {} messages correctly", GENERATED + 1)),
        Err(why) => wrong(path, &why),
    };
    (Subject::File, finding)
}

const NAMES: &str = "Copy function_name from the table in plugin/fluent-bit-wasm/README.md.";

/// Returns the finding for a plugin with wrong output.
pub(crate) fn wrong(path: &Path, why: &str) -> Finding {
    let what = format!("{} returns wrong output: {why}", path.display());
    let advice = format!("Install the plugin from the same release as this command, {}.", env!("CARGO_PKG_VERSION"));
    Finding::error(CHECK, what, advice)
}

/// Checks whether the shipper can load a shared object, and whether it exports that symbol. `shipper` is the path of
/// the shipper's executable.
pub(crate) fn shared_object(path: &Path, bytes: &[u8], symbol: &str, shipper: Option<&Path>) -> Finding {
    let shown = path.display();
    let rebuild = "Build the plugin on this kind of machine, or install the build for it.";
    let object = match Elf::parse(bytes, symbol) {
        Ok(object) => object,
        Err(why) => {
            return Finding::error(
                CHECK,
                format!("{shown} is not a shared object: {why}"),
                "Copy the plugin there again.",
            );
        }
    };
    let expected = shipper.and_then(|path| Elf::parse(&fs::read(path).ok()?, "").ok()).map(|shipper| shipper.machine);
    let own = || MACHINES.iter().find(|(name, ..)| *name == env::consts::ARCH).map(|(_, machine, _)| *machine);
    if let Some(expected) = expected.or_else(own).filter(|expected| *expected != object.machine) {
        let what = format!("{shown} is built for {}, not for {}", machine(object.machine), machine(expected));
        return Finding::error(CHECK, what, rebuild);
    }
    if !object.is_shared {
        return Finding::error(
            CHECK,
            format!("{shown} is an executable, not a shared object"),
            "Copy the plugin there again.",
        );
    }
    if !object.has_symbol {
        let what = format!("{shown} does not export {symbol}, which Fluent Bit derives from the file name");
        return Finding::error(CHECK, what, "Do not rename the file: it must be named flb-filter_eset.so.");
    }
    Finding::ok(CHECK, format!("{shown} is a shared object for {} and exports {symbol}", machine(object.machine)))
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let shown = path.display();
    if error.kind() == ErrorKind::PermissionDenied {
        let advice = "The service's user must be able to read it: chmod a+r the file, and a+x the directories above. \
                      If it can, run this as that user or as root.";
        return Finding::warning(CHECK, format!("this user is not allowed to read {shown}"), advice);
    }
    let advice = "Copy the plugin there, or correct the path. A relative path starts at the service's working \
                  directory.";
    Finding::error(CHECK, format!("cannot read {shown}: {}", Reason(error)), advice)
}

fn compare(host: &mut WasmHost, options: &Options) -> Result<(), String> {
    let generated = Generator::new(GeneratorOptions::default()).take(GENERATED);
    let mut record = Vec::new();
    let mut output = Vec::new();
    for message in [sample::MESSAGE.as_bytes().to_vec()].into_iter().chain(generated) {
        wasm_host::write_record(&message, &mut record);
        host.call(&record, &mut output).map_err(|error| error.to_string())?;
        let actual = Some(&output).filter(|output| !output.is_empty());
        let actual = actual.map(|output| serde_json::from_slice::<Value>(output)).transpose();
        match (actual.map_err(|error| format!("its output is not JSON: {error}"))?, sample::expected(&message, options))
        {
            (None, None) => {}
            (Some(actual), Some(expected)) => sample::difference(&actual, &expected).map_or(Ok(()), Err)?,
            (None, Some(_)) => return Err("it drops a message".to_owned()),
            (Some(_), None) => return Err("it keeps a message that should be dropped".to_owned()),
        }
    }
    Ok(())
}

/// The relevant properties of an ELF file.
struct Elf {
    machine: elf::Machine,
    is_shared: bool,
    has_symbol: bool,
}

impl Elf {
    fn parse(bytes: &[u8], symbol: &str) -> Result<Self, String> {
        match FileKind::parse(bytes) {
            Ok(FileKind::Elf32) => Self::read::<elf::FileHeader32<Endianness>>(bytes, symbol),
            Ok(FileKind::Elf64) => Self::read::<elf::FileHeader64<Endianness>>(bytes, symbol),
            _ => Err("it is not an ELF file".to_owned()),
        }
    }

    fn read<H: FileHeader<Endian = Endianness>>(bytes: &[u8], symbol: &str) -> Result<Self, String> {
        let file = ElfFile::<H>::parse(bytes).map_err(|error| error.to_string())?;
        let (header, endian) = (file.elf_header(), file.endian());
        let is_it =
            |found: &object::read::elf::ElfSymbol<'_, '_, H>| found.is_definition() && found.name() == Ok(symbol);
        let has_symbol = file.dynamic_symbols().any(|found| is_it(&found));
        Ok(Self { machine: header.e_machine(endian), is_shared: header.e_type(endian) == elf::ET_DYN, has_symbol })
    }
}

fn machine(number: elf::Machine) -> String {
    let name = MACHINES.iter().find(|(_, machine, _)| *machine == number).map(|(.., name)| (*name).to_owned());
    name.unwrap_or_else(|| format!("ELF machine number {}", number.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Level;

    #[test]
    fn modules_are_recognised_by_their_first_bytes() {
        let module = |bytes: &[u8]| module(Path::new("x.wasm"), bytes.to_vec());
        assert!(matches!(module(b"\0asm\x01\0\0\0"), Ok(Module::Wasm(_))));
        assert!(matches!(module(b"\0aot"), Ok(Module::Aot)));
        assert!(module(b"\x7FELF").unwrap_err().what.contains("not a WebAssembly module"));
    }

    #[test]
    fn a_file_that_this_user_is_not_allowed_to_read_is_a_warning() {
        let finding = unreadable(Path::new("x.wasm"), &ErrorKind::PermissionDenied.into());
        assert_eq!((finding.level, finding.what.as_str()), (Level::Warning, "this user is not allowed to read x.wasm"));
        assert_eq!(unreadable(Path::new("x.wasm"), &ErrorKind::NotFound.into()).level, Level::Error);
    }

    #[test]
    fn a_broken_module_is_an_error() {
        let (subject, finding) = try_module(Path::new("x.wasm"), b"\0asm\x01\0\0\0", "eset_filter", None);
        assert_eq!((subject, finding.level), (Subject::File, Level::Error));
        assert!(finding.what.contains("cannot be used"), "{finding:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn shared_objects_are_checked() {
        let own = fs::read("/proc/self/exe").unwrap();
        let judge =
            |bytes: &[u8]| shared_object(Path::new("flb-filter_eset.so"), bytes, "filter_eset_plugin", None).what;
        assert!(judge(&own).contains("does not export filter_eset_plugin"));
        let mut other = own.clone();
        // e_machine, little-endian: SPARC.
        other[18..20].copy_from_slice(&[2, 0]);
        assert!(judge(&other).contains("is built for ELF machine number 2, not for "));
        let mut program = own.clone();
        // e_type: ET_EXEC.
        program[16] = 2;
        assert!(judge(&program).contains("is an executable"));
        assert!(judge(&own[..40]).contains("is not a shared object"));
        assert!(judge(b"#!/bin/sh").contains("it is not an ELF file"));
    }
}
