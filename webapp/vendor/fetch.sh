#!/bin/sh
# Fetches the libraries of the web app from npm, each at a fixed version, and writes hashes.json.
# Source maps are not served, so the comments that name them go. Run it in this folder: sh fetch.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

take() { # package, version, file in it, name here
  tarball=$(cd "$work" && npm pack --silent "$1@$2")
  mkdir -p "$work/$1"
  tar xzf "$work/$tarball" -C "$work/$1"
  sed '/^\/\/# sourceMappingURL=/d; s/\/\/# sourceMappingURL=.*$//' "$work/$1/package/$3" > "$4"
}

take preact 11.2.0 dist/preact.mjs preact-11.2.0.js
take preact 11.2.0 hooks/dist/hooks.mjs preact-hooks-11.2.0.js
take @preact/signals-core 1.14.5 dist/signals-core.mjs signals-core-1.14.5.js
take @preact/signals 2.11.4 dist/signals.mjs signals-2.11.4.js
take htm 3.1.1 dist/htm.mjs htm-3.1.1.js

python3 hash.py
