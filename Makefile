# Everything a person or CI runs. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO_DENY_VERSION := 0.20.2
DENY := target/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
VENV := target/venv
STACK_VENV := target/stack/venv
AWS_VENV := target/aws/venv
PACKAGE_VENV := target/package/venv

TEMPLATES := template.yaml infra/*.yaml infra/domains/*.yaml
SAM := SAM_CLI_TELEMETRY=0 $(AWS_VENV)/bin/sam

# An environment of samconfig.toml, and what it says that the functions are built for.
ENV ?= dev
ARCH ?= $(or $(shell sed -n '/^\[$(ENV)\.deploy/,/^\[/s/.*"Architecture=\(.*\)".*/\1/p' samconfig.toml),arm64)
TRIPLE = $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu

.PHONY: help run test lint generate package deploy operator bench bench-cold bench-deals bench-import stack stack-stop

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Plat on http://127.0.0.1:8000
	cargo build --locked --workspace --bin plat-local
	exec target/debug/plat-local

test: lint $(VENV)/done $(STACK_VENV)/done ## Everything CI checks
	cargo test --workspace --locked
	$(VENV)/bin/openapi-spec-validator openapi.json
	PYTHONPATH=infra $(STACK_VENV)/bin/python tests/stack

lint: $(DENY) $(AWS_VENV)/done ## Format, lints, docs, templates, licences and sources
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	$(AWS_VENV)/bin/cfn-lint $(TEMPLATES)
	$(SAM) validate --lint --region us-east-1 --template-file template.yaml
	$(DENY) --locked check bans licenses sources
	@# The advisory database is a Git repository that not every machine reaches.
	@if timeout 60 $(DENY) --locked fetch db >/dev/null 2>&1; then $(DENY) --locked check advisories; \
		else echo "advisories: not checked, since their database cannot be fetched from here"; fi

generate: ## Writes what follows from declarations: openapi.json, stacks, the events' catalogue
	cargo build --locked --quiet --workspace --bin plat-infra
	target/debug/plat-infra write

package: $(PACKAGE_VENV)/done ## Builds the functions for Lambda; ARCH=x86_64 for the other processor
	@case "$(ARCH)" in arm64|x86_64) ;; *) echo "ARCH is arm64 or x86_64, not $(ARCH)"; exit 1 ;; esac
	rustup target add $(TRIPLE)
	PATH="$(abspath $(PACKAGE_VENV))/bin:$$PATH" cargo-lambda lambda build --locked --release --target $(TRIPLE) \
		--lambda-dir target/lambda $(addprefix -p plat-,$(notdir $(wildcard functions/*)))

deploy: $(AWS_VENV)/done ## Deploys an environment of samconfig.toml: make deploy ENV=dev
	@grep -q '^\[$(ENV)\.deploy' samconfig.toml || { echo "samconfig.toml has no environment $(ENV)"; exit 1; }
	@$(AWS_VENV)/bin/python -c 'import boto3; print("As", boto3.client("sts", "us-east-1").get_caller_identity()["Arn"])' 2>/dev/null \
		|| { echo "AWS does not know you: sign in with \`aws sso login\` or \`aws configure\`, and name the profile in AWS_PROFILE"; exit 1; }
	$(MAKE) package
	$(SAM) deploy --config-env $(ENV)

operator: $(AWS_VENV)/done ## Makes somebody an operator: make operator ENV=prod EMAIL=ann@example.com
	$(AWS_VENV)/bin/python infra/make_operator.py --environment "$(ENV)" --email "$(EMAIL)" $(if $(REVOKE),--revoke)

bench: ## Instructions, requests per second, memory
	./bench/run.sh

bench-cold: ## What a start costs, beside Node and Python
	./bench/cold.sh

bench-deals: ## What deals cost in a team of 100 and in one of 100,000; takes half an hour
	./bench/run.sh deals

bench-import: ## What an import of 100,000 leads takes
	./bench/run.sh import

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

$(AWS_VENV)/done: infra/requirements.txt
	python3 -m venv $(AWS_VENV)
	$(AWS_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r infra/requirements.txt
	touch $@

$(PACKAGE_VENV)/done: infra/requirements-package.txt
	python3 -m venv $(PACKAGE_VENV)
	$(PACKAGE_VENV)/bin/pip install --quiet --disable-pip-version-check -r infra/requirements-package.txt
	touch $@

$(STACK_VENV)/done: infra/stack/requirements.txt
	python3 -m venv $(STACK_VENV)
	$(STACK_VENV)/bin/pip install --quiet --disable-pip-version-check -r infra/stack/requirements.txt
	touch $@
