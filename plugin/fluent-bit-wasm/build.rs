//! Sets the size of the module's own stack.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // The linker's default is 1 MiB of linear memory. The filter needs about 5 KiB, most of it while it is created.
        // Fluent Bit's runtime leaves it a fifth of the stack and reserves the rest for threads.
        println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
