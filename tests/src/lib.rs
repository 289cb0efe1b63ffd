//! Code shared by the test programs.
//!
//! [`hosts`], with [`module`], [`native`], [`lua`] and [`twin`], imitates shippers. [`fluent_bit`] and [`vector`] run
//! the real ones.

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

/// Returns the root directory of the repository.
///
/// # Panics
///
/// Never: this package has a parent directory.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the repository")
}

/// Builds the `eset-filter` command from the current sources, with the same profile as the tests, and returns its path.
///
/// # Panics
///
/// Panics if the command does not build.
#[must_use]
pub fn command() -> &'static Path {
    static COMMAND: LazyLock<PathBuf> = LazyLock::new(|| build("eset-filter-cli", |build| build.bin("eset-filter")));
    &COMMAND
}

/// Builds an example of the library in the same way and returns its path.
///
/// # Panics
///
/// Panics if the example does not build.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    build("eset-filter", |build| build.example(name))
}

fn build(package: &str, target: impl Fn(CargoBuild) -> CargoBuild) -> PathBuf {
    let build = CargoBuild::new().manifest_path(root().join("Cargo.toml")).arg("--locked");
    // Building this package as well gives the dependencies the same features as in the tests, so none is rebuilt.
    let build = target(build.package(package).arg("--package=eset-filter-tests")).current_release();
    build.run().unwrap_or_else(|error| panic!("{package} does not build: {error}")).path().to_owned()
}
