//! Sizes the module's own stack.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // The linker's default is 1 MiB of linear memory for a stack of which the filter needs less than 4 KiB.
        println!("cargo:rustc-link-arg-cdylib=-zstack-size=32768");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
