# Tools are pinned here and live under the target directory: `cargo clean` removes all of it.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
CARGO_DENY_VERSION := 0.20.2
pinned = $(shell sed -n 's/^$(1)==\([^ ]*\).*/\1/p' tests/requirements/$(1).txt)
CARGO_LAMBDA_VERSION := $(call pinned,cargo-lambda)
MINISTACK_VERSION := $(call pinned,ministack)
AWSCLI_VERSION := $(call pinned,awscli)

CARGO_LAMBDA := $(TARGET)/tools/cargo-lambda-$(CARGO_LAMBDA_VERSION)/bin/cargo-lambda
CARGO_DENY := $(TARGET)/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
MINISTACK := $(TARGET)/tools/ministack-$(MINISTACK_VERSION)/bin/ministack
AWSCLI := $(TARGET)/tools/awscli-$(AWSCLI_VERSION)/bin/aws

.PHONY: help run dev watch test lint deny bench package binaries senders shells chromium postgresql ministack awscli

# The scripts of `tests` import each other.
export PYTHONPYCACHEPREFIX := $(TARGET)/pycache

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 17

# `cargo lambda` finds its subcommand on the path.
run watch package: export PATH := $(dir $(CARGO_LAMBDA)):$(PATH)

run: $(CARGO_LAMBDA) ## put every sample event through both functions, locally
	@python3 tests/run_samples.py

dev: ## API Gateway, a user pool and both functions, locally; ARGS="--upstream http://127.0.0.1:3000"
	cargo build --locked --quiet --package portcullis
	@PATH="$(TARGET)/debug:$$PATH" portcullis dev $(ARGS)

# `::1` is where `cargo lambda invoke` looks for it unless told otherwise.
FUNCTION := authorizer
watch: $(CARGO_LAMBDA) ## keep FUNCTION (authorizer) running for `cargo lambda invoke … --data-file …`
	AWS_REGION=$${AWS_REGION:-eu-central-1} cargo lambda watch --locked --invoke-address ::1 \
		--env-file events/$(FUNCTION).env --package local --bin $(FUNCTION)-local

# The suite runs the binaries themselves: built first, each package alone, as it is shipped.
binaries:
	cargo build --locked --package local
	cargo build --locked --package authorizer
	cargo build --locked --package webhook-authorizer
	cargo build --locked --package portcullis

test: lint senders shells chromium postgresql binaries ## lints, documentation tests, unit tests, the suite
	cargo test --locked --workspace --doc
	@if cargo nextest --version >/dev/null 2>&1; \
	then set -x; python3 tests/with_services.py cargo nextest run --locked --workspace; \
	else set -x; python3 tests/with_services.py cargo test --locked --workspace --lib --bins --tests; fi

lint: deny ## formatting, clippy, documentation, dependencies
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --package adapters -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --all-features
	python3 -m py_compile tests/*.py
	python3 tests/sign_webhook_samples.py --check
	python3 tests/make_key_samples.py --check

# The advisory database is fetched from its host. On a laptop without it the other checks still count, and
# what was left out is said. In CI that is a failure, unless ADVISORIES=none says that there is no database.
deny: $(CARGO_DENY) ## licences, bans, sources, advisories
	$(CARGO_DENY) --all-features check bans licenses sources
	@if timeout 60 $(CARGO_DENY) fetch db >/dev/null 2>&1; \
	then set -x; $(CARGO_DENY) --all-features check --disable-fetch advisories; \
	else echo "advisories NOT checked: their database could not be fetched"; \
	test -z "$(CI)" || test "$(ADVISORIES)" = none; fi

# AGAINST is the folder of another build's release binaries, with its access table and what it compiled of it.
bench: postgresql ## both functions next to their floors, as tables
	cargo build --locked --release --package authorizer
	cargo build --locked --release --package webhook-authorizer
	cargo bench --locked --package tests --bench speed -- --date $$(date +%F) $(if $(AGAINST),--against $(AGAINST))

# One package at a time, so that none has another's features. The authorizer has two binaries: whoever
# takes tokens alone need not carry what API keys take.
LAMBDA := $(TARGET)/lambda
package: $(CARGO_LAMBDA) ## target/lambda/<function>.zip; with the authorizer, its compiled access table
	cargo lambda build --locked --release --package authorizer
	cargo lambda build --locked --release --package webhook-authorizer
	cp infra/access.toml $(LAMBDA)/authorizer/access.toml
	cargo run --locked --quiet --package portcullis -- access build $(LAMBDA)/authorizer/access.toml
	cp $(LAMBDA)/authorizer/access.toml* $(LAMBDA)/authorizer-api-keys/
	cd $(LAMBDA)/authorizer && \
		python3 -m zipfile -c ../authorizer.zip bootstrap access.toml access.toml.compiled
	cd $(LAMBDA)/authorizer-api-keys && \
		python3 -m zipfile -c ../authorizer-api-keys.zip bootstrap access.toml access.toml.compiled
	cd $(LAMBDA)/webhook-authorizer && \
		python3 -m zipfile -c ../webhook-authorizer.zip bootstrap

# $(1): commands, $(2): the Debian packages that have them, $(3): what needs them. The lists of packages may be
# missing, or older than the archive.
define installed
@missing=; for own in $(1); do command -v $$own >/dev/null || missing=1; done; test -z "$$missing" || { \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	{ apt-get install --yes --no-install-recommends $(2) || { \
		apt-get update && apt-get install --yes --no-install-recommends $(2); }; }; \
} || { echo "$(3): install $(2)" >&2; exit 1; }
endef

senders:
	$(call installed,node openssl curl,nodejs openssl curl,the guide for senders is run with node and openssl and curl)

shells:
	$(call installed,zsh fish,zsh fish,completions are loaded by zsh and fish)

chromium:
	$(call installed,chromium chromedriver,chromium chromium-driver,the suite looks at pages with Chromium)

# What `tests/postgres.py` runs.
postgresql:
	@missing="$$(python3 tests/postgres.py --missing)"; test -z "$$missing" || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		sh tests/install_postgresql.sh $$missing; \
	} || { echo "the suite needs PostgreSQL and PgBouncer: install $$missing" >&2; exit 1; }

# For `tests/with_services.py`, which reads the paths that these print.
ministack: $(MINISTACK)
	@echo $(MINISTACK)

awscli: $(AWSCLI)
	@echo $(AWSCLI)

$(CARGO_LAMBDA): REQUIREMENTS := tests/requirements/cargo-lambda.txt
$(MINISTACK): REQUIREMENTS := tests/requirements/ministack.txt
$(AWSCLI): REQUIREMENTS := tests/requirements/awscli.txt
# What is installed is not started by make, and looks for its bytecode beside it.
$(CARGO_LAMBDA) $(MINISTACK) $(AWSCLI): export PYTHONPYCACHEPREFIX :=
$(CARGO_LAMBDA) $(MINISTACK) $(AWSCLI):
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get install --yes python3-venv; \
	} || { echo "python3 cannot make virtual environments: install python3-venv" >&2; exit 1; }
	python3 -m venv $(@D)/..
	$(@D)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $(REQUIREMENTS)

# A tool that runs for a second: built quickly rather than well.
$(CARGO_DENY):
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
	CARGO_TARGET_DIR=$(@D)/../build cargo install cargo-deny --version $(CARGO_DENY_VERSION) \
		--locked --no-default-features --root $(@D)/..
	rm -r $(@D)/../build
