# shellcheck shell=bash
# Sourced by the install scripts: collects the Debian packages that are missing, and installs them at once.

missing=()

# need "PACKAGE…" COMMAND…: the packages are missing unless the command succeeds.
need() {
    local packages=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        read -ra packages <<<"$packages"
        missing+=("${packages[@]}")
    fi
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get here: please install what your system calls ${missing[*]}, then run this again." >&2
        exit 1
    fi
    local apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y)
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "There is no sudo here: please run 'apt-get install ${missing[*]}' as root, then run this again." >&2
            exit 1
        fi
        apt_get=(sudo "${apt_get[@]}")
    fi

    printf 'installing the package %s\n' "${missing[@]}"
    local log
    log=$(mktemp)
    # One unreachable source fails the update, and the others may still have all there is to install.
    "${apt_get[@]}" update >"$log" 2>&1 || true
    if ! "${apt_get[@]}" --no-install-recommends install "${missing[@]}" </dev/null >>"$log" 2>&1; then
        cat "$log" >&2
        echo "apt-get could not install ${missing[*]}: its own words stand above." >&2
        exit 1
    fi
    rm "$log"
    missing=()
}

# unpack PACKAGE FOLDER: the files of a package, without its scripts and its dependencies.
unpack() {
    local package=$1 folder=$2 work
    work=$(mktemp -d)
    if ! (cd "$work" && { apt-get -qq download "$package" || { update && apt-get -qq download "$package"; }; }) \
        >"$work/log" 2>&1; then
        cat "$work/log" >&2
        echo "apt-get could not download $package: its own words stand above." >&2
        exit 1
    fi
    mkdir -p "$folder"
    dpkg-deb --extract "$work"/*.deb "$folder"
    rm -r "$work"
}

update() {
    local apt_get=(apt-get -qq)
    [ "$(id -u)" -eq 0 ] || apt_get=(sudo "${apt_get[@]}")
    "${apt_get[@]}" update
}
