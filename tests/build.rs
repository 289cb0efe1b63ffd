//! Has the tests' executables show their functions, as Vector does: the Lua module finds Lua's there.

fn main() {
    if std::env::var_os("CARGO_CFG_UNIX").is_some() {
        println!("cargo::rustc-link-arg-tests=-rdynamic");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
