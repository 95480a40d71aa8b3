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

# Where servers are unpacked. They may have to run as another user than root, who cannot enter the folders of root.
servers=.tools/debian
servers_folder=$PWD/.tools/debian
if [ "$(id -u)" -eq 0 ]; then
    servers_folder=/var/cache/claviger-tests/debian
fi

# need_server "PACKAGE…" COMMAND…: the same for a package that would start a server, or enable one for the next boot. It is
# not installed, but unpacked. This is done at once.
need_server() {
    local names
    read -ra names <<<"$1"
    shift
    "$@" >/dev/null 2>&1 && return
    mkdir -p .tools "$servers_folder"
    [ -e "$servers" ] || ln -sfn "$servers_folder" "$servers"
    echo "unpacking ${names[*]} into $servers"
    unpack "$servers_folder" "${names[@]}"
    wrap_programs
    if ! "$@" >/dev/null 2>&1; then
        echo "${names[*]}: unpacked into $servers, but it does not run: $*" >&2
        exit 1
    fi
}

# has_server NAME FLAG: a server of the system, or an unpacked one that runs.
has_server() {
    local path
    path=$(PATH="$PATH:/usr/sbin:$PWD/$servers/wrapped" command -v "$1") || return
    case $path in
    *"/$servers/wrapped/"*) "$path" "$2" ;;
    esac
}

# Scripts that start the unpacked programs with their libraries: servers/wrapped, and servers/postgresql/VERSION/bin.
wrap_programs() {
    local program version
    mkdir -p "$servers/wrapped"
    for program in "$servers"/{usr/,}{s,}bin/*; do
        wrap "$program" "$servers/wrapped" ..
    done
    for program in "$servers"/usr/lib/postgresql/*/bin/*; do
        [ -e "$program" ] || continue
        version=$(basename "$(dirname "$(dirname "$program")")")
        mkdir -p "$servers/postgresql/$version/bin"
        wrap "$program" "$servers/postgresql/$version/bin" ../../..
    done
}

# wrap PROGRAM FOLDER UP: UP leads from FOLDER to the root of what was unpacked.
wrap() {
    local program=$1 wrapper=$2/${1##*/}
    [ -x "$program" ] || return 0
    cat >"$wrapper" <<END
#!/bin/sh
root=\$(cd "\$(dirname "\$0")/$3" && pwd -P)
for libraries in "\$root"/usr/lib/*-linux-gnu* "\$root"/lib/*-linux-gnu* "\$root"/usr/lib/*-linux-gnu*/systemd \\
    "\$root"/lib/*-linux-gnu*/systemd; do
    LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+\$LD_LIBRARY_PATH:}\$libraries
done
export LD_LIBRARY_PATH
exec "\$root/${program#"$servers/"}" "\$@"
END
    chmod 755 "$wrapper"
}

# unpack FOLDER PACKAGE…: the files of packages and of all packages missing here that they depend on, without their scripts.
unpack() {
    local folder=$1 work archive
    shift
    work=$(mktemp -d)
    # apt gives up its rights for a download where it can.
    chmod 755 "$work"
    if ! download "$work" "$@" >"$work/log" 2>&1 && ! { update && download "$work" "$@"; } >>"$work/log" 2>&1; then
        cat "$work/log" >&2
        echo "apt-get could not download $*: its own words stand above." >&2
        exit 1
    fi
    mkdir -p "$folder"
    for archive in "$work"/*.deb; do
        dpkg-deb --extract "$archive" "$folder"
    done
    rm -r "$work"
}

# download FOLDER PACKAGE…: what an installation would bring. Only its simulation needs no rights and changes nothing.
download() {
    local folder=$1 plan absent
    shift
    plan=$(LC_ALL=C apt-get -q --simulate --no-install-recommends install "$@") || return
    # A package that is here in an older version, in brackets, stays as it is.
    mapfile -t absent < <(sed -n 's/^Inst \([^ ]*\) (.*/\1/p' <<<"$plan")
    (cd "$folder" && apt-get -qq download "${absent[@]}")
}

update() {
    local apt_get=(apt-get -qq)
    [ "$(id -u)" -eq 0 ] || apt_get=(sudo "${apt_get[@]}")
    "${apt_get[@]}" update
}
