#!/bin/sh
# Measures what a start costs, beside functions in Node and Python. What it writes is in target/cold.md and target/cold/.
set -eu
cd "$(dirname "$0")/.."
work=target/cold
for tool in valgrind:valgrind node:nodejs npm:npm python3:python3-venv; do
    if ! command -v "${tool%%:*}" >/dev/null; then
        echo "bench: ${tool%%:*} is missing; install it first: sudo apt-get install ${tool##*:}" >&2
        exit 1
    fi
done
case "$(node --version)" in
v20.*) ;;
*) echo "bench: the peer is Node 20, and this is $(node --version)" >&2 && exit 1 ;;
esac

mkdir -p "$work/node"
if ! cmp -s bench/node/package-lock.json "$work/node/installed"; then
    cp bench/node/package.json bench/node/package-lock.json "$work/node/"
    npm ci --prefix "$work/node" --no-audit --no-fund --loglevel=error >&2
    cp bench/node/package-lock.json "$work/node/installed"
fi
cp bench/node/handler.mjs bench/node/runtime.cjs "$work/node/"
"$work/node/node_modules/.bin/esbuild" "$work/node/handler.mjs" --bundle --platform=node --target=node20 --minify \
    --log-level=warning --outfile="$work/node/handler.cjs"

if ! cmp -s bench/python/requirements.txt "$work/python/installed"; then
    python3 -m venv --clear "$work/python"
    "$work/python/bin/pip" install --quiet --disable-pip-version-check -r bench/python/requirements.txt
    cp bench/python/requirements.txt "$work/python/installed"
fi
cp bench/python/handler.py "$work/python/"

cargo build --release --locked -p plat-leads
cargo build --locked --workspace --bin plat-local --bin plat-bench
exec target/debug/plat-bench cold
