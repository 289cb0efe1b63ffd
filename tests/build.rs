//! Makes the test executables export their symbols, as Vector does. The Lua module resolves the functions of Lua there.

fn main() {
    if std::env::var_os("CARGO_CFG_UNIX").is_some() {
        println!("cargo::rustc-link-arg-tests=-rdynamic");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
