//! What the test programs share.
//!
//! Imitated hosts are [`hosts`], with [`module`], [`native`], [`lua`] and [`twin`]; real shippers are [`fluent_bit`] and
//! [`vector`].

pub mod answer;
pub mod cases;
pub mod certificate;
pub mod doctor;
pub mod executable;
pub mod expected;
pub mod fluent_bit;
pub mod hosts;
pub mod kinds;
pub mod lua;
pub mod module;
pub mod mutation;
pub mod native;
pub mod receiver;
pub mod running;
pub mod samples;
pub mod sender;
pub mod shapes;
pub mod systemd;
pub mod twin;
pub mod vector;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub use eset_filter_checks::{checks, grammar, json, messagepack, oracle};

use escargot::CargoBuild;

/// The repository's directory.
///
/// # Panics
///
/// Never: this package has a directory above it.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the repository")
}

/// The `eset-filter` command, built from the sources as they are now, and with the profile that the tests are built with.
///
/// # Panics
///
/// The command does not build.
#[must_use]
pub fn command() -> &'static Path {
    static COMMAND: LazyLock<PathBuf> = LazyLock::new(|| build("eset-filter-cli", |build| build.bin("eset-filter")));
    &COMMAND
}

/// An example of the library, built in the same way.
///
/// # Panics
///
/// The example does not build.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    build("eset-filter", |build| build.example(name))
}

fn build(package: &str, target: impl Fn(CargoBuild) -> CargoBuild) -> PathBuf {
    let build = CargoBuild::new().manifest_path(root().join("Cargo.toml")).arg("--locked");
    // With this package beside it, dependencies have the features that they were built with for the tests.
    let build = target(build.package(package).arg("--package=eset-filter-tests")).current_release();
    build.run().unwrap_or_else(|error| panic!("{package} does not build: {error}")).path().to_owned()
}
