#!/bin/sh
# Measures the figures that the README shows; with `deals`, what deals cost in a team that has many of them. What it
# writes is in target/bench.md and target/bench/, or target/deals.md and target/deals/.
set -eu
cd "$(dirname "$0")/.."
if ! command -v valgrind >/dev/null; then
    echo "bench: instructions are counted with valgrind; install it first: sudo apt-get install valgrind" >&2
    exit 1
fi
cargo build --release --locked -p plat-leads -p plat-local
cargo build --quiet --locked --workspace --bin plat-bench
exec target/debug/plat-bench "$@"
