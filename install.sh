#!/bin/sh
# Installs the command `motet`, what shells need to complete its words, and its page for `man`.
#
#   ./install.sh [--prefix FOLDER]
#
# In a checkout it builds the command first, which takes a Rust toolchain; in an unpacked archive of scripts/release it needs
# nothing. The prefix is ~/.local by default; --prefix /usr/local installs for all users.
set -eu
prefix=${HOME:-}/.local
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix) prefix=${2:?--prefix needs a folder}; shift 2 ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "install: unknown option $1 (try ./install.sh --help)" >&2; exit 2 ;;
    esac
done
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p -- "$prefix"
prefix=$(CDPATH='' cd -- "$prefix" && pwd)

if [ ! -x "$here/bin/motet" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (cd -- "$here" && scripts/release --output "$work")
    tar -xzf "$work"/motet-*.tar.gz -C "$work"
    here=$(echo "$work"/motet-*/)
fi
for part in bin/motet share/bash-completion/completions/motet share/zsh/site-functions/_motet \
    share/fish/vendor_completions.d/motet.fish share/man/man1/motet.1 share/doc/motet/LICENSE-MIT \
    share/doc/motet/LICENSE-APACHE share/doc/motet/DEPENDENCIES; do
    mkdir -p -- "$prefix/$(dirname -- "$part")"
    # A command that runs is replaced, not written over.
    cp -- "$here/$part" "$prefix/$part.new.$$"
    mv -f -- "$prefix/$part.new.$$" "$prefix/$part"
done
echo "installed $prefix/bin/motet"
case ":${PATH:-}:" in
*":$prefix/bin:"*) ;;
*) echo "$prefix/bin is not on your path yet: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
