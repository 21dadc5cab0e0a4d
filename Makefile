# Everything a person or CI runs. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO_DENY_VERSION := 0.20.2
DENY := target/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
VENV := target/venv
STACK_VENV := target/stack/venv

.PHONY: help run test lint generate bench stack stack-stop

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Plat on http://127.0.0.1:8000
	cargo build --locked -p plat-local
	exec target/debug/plat-local

test: lint $(VENV)/done $(STACK_VENV)/done ## Everything CI checks
	cargo test --workspace --locked
	$(VENV)/bin/openapi-spec-validator openapi.json
	cargo run --locked --quiet -p plat-infra -- check
	PYTHONPATH=infra $(STACK_VENV)/bin/python tests/stack

lint: $(DENY) ## Format, lints, docs, licences and sources
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	$(DENY) --locked check bans licenses sources
	@# The advisory database is a Git repository that not every machine reaches.
	@if timeout 60 $(DENY) --locked fetch db >/dev/null 2>&1; then $(DENY) --locked check advisories; \
		else echo "advisories: not checked, since their database cannot be fetched from here"; fi

generate: ## Writes openapi.json
	cargo run --locked --quiet -p plat-infra -- write

bench: ## Instructions, requests per second, memory
	./bench/run.sh

stack: $(STACK_VENV)/done ## The templates on an emulator of AWS, in the background
	PYTHONPATH=infra $(STACK_VENV)/bin/python -m stack start

stack-stop: $(STACK_VENV)/done ## Ends the emulator
	PYTHONPATH=infra $(STACK_VENV)/bin/python -m stack stop

$(DENY):
	cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --debug --root $(patsubst %/bin/,%,$(dir $@)) --target-dir target/tools/build
	rm -rf target/tools/build

$(VENV)/done: tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

$(STACK_VENV)/done: infra/stack/requirements.txt
	python3 -m venv $(STACK_VENV)
	$(STACK_VENV)/bin/pip install --quiet --disable-pip-version-check -r infra/stack/requirements.txt
	touch $@
