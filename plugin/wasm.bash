# Functions shared by the scripts that build WebAssembly. Source this file in the project's root.
#
# The wasm32 standard library of the compiler is used if it is installed. Otherwise it is installed with rustup, or
# built from source with Debian's packages rustc-web, cargo-web and rust-web-src, which are installed if the user is root.

readonly target=wasm32-unknown-unknown
readonly target_dir="${CARGO_TARGET_DIR:-target}/wasm"
readonly release="$target_dir/$target/release"

say() { printf 'build wasm: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages if possible, without output. The caller must check whether they are there.
debian_install() {
    has apt-get && [ "$(id -u)" = 0 ] || return 1
    say "installing $*"
    { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } \
        >/dev/null 2>&1
}

has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; }

# Prints the path of a WebAssembly linker: that of a rustup toolchain, or LLVM's.
wasm_linker() {
    local lld
    for lld in "$(rustc --print sysroot)"/lib/rustlib/*/bin/rust-lld; do
        [ -x "$lld" ] && echo "$lld" && return
    done
    command -v rust-lld || command -v wasm-ld
}

has_debian_rust() { [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]; }

build_with_debian() {
    local linker
    linker=$(wasm_linker) || fail 'no WebAssembly linker: install rustup from https://rustup.rs, or the package lld'
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker" \
        /usr/bin/cargo build -Zbuild-std=std,panic_abort --locked --release --target "$target" --package "$1" \
        --target-dir "$target_dir"
}

# Builds a package into $release.
build_wasm() {
    if has_target || { has rustup && rustup target add "$target" >/dev/null 2>&1 && has_target; }; then
        cargo build --locked --release --target "$target" --package "$1" --target-dir "$target_dir"
    elif has_debian_rust || { debian_install rustc-web cargo-web rust-web-src && has_debian_rust; }; then
        say "rustup has no $target here: building it with Debian's rustc-web"
        build_with_debian "$1"
    else
        fail "no standard library for $target: run 'rustup target add $target'," \
            "or on Debian 'apt-get install rustc-web cargo-web rust-web-src'"
    fi
}
