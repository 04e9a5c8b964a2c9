# Set-up: brings a machine with rustup (stable and nightly), Node >= 20, npm and Debian to where the project can be built,
# run and tested. Sourced by the scripts, after common.sh.
#
# Each step tells what it does and how long that usually takes, is skipped when its result is there, and fails with what is
# missing and the remedy in one line. Nothing is installed outside this checkout but Rust's targets and, for the tests only,
# Debian's Chromium with Japanese fonts.

# step WHAT USUALLY COMMAND…: says what is done, does it, and says how long it took.
step() {
    local what=$1 usually=$2 started
    shift 2
    started=$(now)
    say "set-up: $what (usually $usually) …"
    "$@" || return 1
    say "set-up: $what: done in $(seconds_since "$started") s"
}

setup_programs() {
    command -v rustup >/dev/null || die "rustup is missing" "Install it with the stable and nightly toolchains: https://rustup.rs"
    command -v cc >/dev/null || die "a C linker (cc) is missing" "apt-get install gcc libc6-dev"
    PATH=$OUTER_PATH command -v npm >/dev/null || die "npm is missing" "Install Node.js >= $NODE_MINIMUM with npm"
    local version
    version=$(PATH=$OUTER_PATH node --version 2>/dev/null | tr -d v) || die "node is missing" "Install Node.js >= $NODE_MINIMUM with npm"
    [ "${version%%.*}" -ge "$NODE_MINIMUM" ] || die "Node.js $version is too old" "Install Node.js >= $NODE_MINIMUM"
}

# The Rust of rust-toolchain.toml for checks and tests; nightly, because the shipped build unwinds and so rebuilds std.
setup_rust() {
    local pinned sysroot
    pinned=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    if ! sysroot=$(rustc "+$pinned" --print sysroot 2>/dev/null); then
        step "install Rust $pinned" "1 min" rustup toolchain install "$pinned" --profile minimal --component rustfmt --component clippy >&2 ||
            die "Rust $pinned is missing and rustup could not install it" "rustup toolchain install $pinned"
        sysroot=$(rustc "+$pinned" --print sysroot)
    fi
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ] ||
        step "add Rust's wasm target" "20 s" rustup target add --toolchain "$pinned" wasm32-unknown-unknown >&2 ||
        die "the wasm target of Rust $pinned is missing" "rustup target add --toolchain $pinned wasm32-unknown-unknown"

    sysroot=$(rustc +nightly --print sysroot 2>/dev/null) || die "Rust's nightly toolchain is missing" "rustup toolchain install nightly"
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ] ||
        step "add nightly's wasm target" "20 s" rustup target add --toolchain nightly wasm32-unknown-unknown >&2 ||
        die "the wasm target of nightly is missing" "rustup target add --toolchain nightly wasm32-unknown-unknown"
    [ -d "$sysroot/lib/rustlib/src/rust/library/std" ] ||
        step "add nightly's source of std" "20 s" rustup component add --toolchain nightly rust-src >&2 ||
        die "the component rust-src of nightly is missing" "rustup component add --toolchain nightly rust-src"
}

# install_tool CRATE VERSION USUALLY OPTION…: into .tools. The tool's own lock file first; if a registry no longer serves one
# of its versions, the newest fitting ones.
install_tool() {
    local crate=$1 version=$2 usually=$3
    shift 3
    install_it() {
        cargo install --locked --root .tools "$@" "$crate@$version" ||
            cargo install --root .tools "$@" "$crate@$version"
    }
    step "build $crate $version" "$usually" install_it "$@" >&2 ||
        die "$crate $version could not be built" "cargo install --root .tools $crate@$version"
}

setup_cargo_tools() {
    if [ -f Cargo.lock ]; then
        local locked
        locked=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
        [ -z "$locked" ] || [ "$locked" = "$WASM_BINDGEN_VERSION" ] ||
            die "Cargo.lock has wasm-bindgen $locked, scripts/lib/versions.sh $WASM_BINDGEN_VERSION" "Make them the same"
    fi
    case $(.tools/bin/wasm-bindgen --version 2>/dev/null) in
        "wasm-bindgen $WASM_BINDGEN_VERSION") ;;
        *) install_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "3 min" --bin wasm-bindgen --no-default-features ;;
    esac
    case $(.tools/bin/worker-build --version 2>/dev/null) in
        "$WORKER_BUILD_VERSION") ;;
        *) install_tool worker-build "$WORKER_BUILD_VERSION" "3 min" --bin worker-build --debug ;;
    esac
}

# npm's packages, with a node of their own (the tools need a newer one than the machine may have).
setup_node_packages() {
    local stamp=node_modules/.installed-from
    cmp -s package-lock.json "$stamp" && [ -x node_modules/.bin/node ] && return
    PATH=$OUTER_PATH step "install npm's packages" "20 s" npm ci --no-fund --no-audit --loglevel=error >&2 ||
        die "npm's packages could not be installed" "npm ci"
    node_modules/.bin/node --version >/dev/null 2>&1 ||
        die "the package node has no program: npm did not run its install script" "npm approve-scripts node esbuild workerd && npm rebuild"
    cp package-lock.json "$stamp"
}

# For the tests only: a browser, and fonts in which Japanese is not boxes.
setup_browser() {
    local missing=()
    [ -x /usr/bin/chromium ] || missing+=(chromium)
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
    [ ${#missing[@]} -eq 0 ] && return
    install_packages() {
        local root=()
        [ "$(id -u)" -eq 0 ] || root=(sudo)
        "${root[@]}" apt-get update -qq &&
            "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    }
    step "install Debian's ${missing[*]}" "1 min" install_packages >&2 ||
        die "${missing[*]} could not be installed" "As root: apt-get install ${missing[*]}"
}

# setup build|node|test: what building, what Node's tools alone, and what the tests need.
setup() {
    setup_programs
    case $1 in build | test) setup_rust; setup_cargo_tools ;; esac
    setup_node_packages
    case $1 in test) setup_browser ;; esac
}
