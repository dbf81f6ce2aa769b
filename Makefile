# Tools are pinned here and live under the target directory: `cargo clean` removes all of it.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
CARGO_LAMBDA_VERSION := 1.9.2
CARGO_DENY_VERSION := 0.20.2

CARGO_LAMBDA := $(TARGET)/tools/cargo-lambda-$(CARGO_LAMBDA_VERSION)/bin/cargo-lambda
CARGO_DENY := $(TARGET)/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny

AUTHORIZER := --package authorizer --bin authorizer

.PHONY: help run watch test lint deny bench package

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 17

# `cargo lambda` finds its subcommand on the path.
run watch package: export PATH := $(dir $(CARGO_LAMBDA)):$(PATH)

run: $(CARGO_LAMBDA) ## put every sample event through the authorizer, locally
	@python3 tests/run_samples.py

# Where `cargo lambda invoke` looks for it unless told otherwise.
watch: $(CARGO_LAMBDA) ## keep the authorizer running for `cargo lambda invoke authorizer --data-file …`
	AWS_REGION=$${AWS_REGION:-eu-central-1} cargo lambda watch --invoke-address ::1 \
		--env-file events/authorizer.env $(AUTHORIZER)

# The suite runs the binary itself: built first, alone, with the features that are shipped.
test: lint ## lints, documentation tests, unit tests, the suite
	cargo test --workspace --doc
	cargo build $(AUTHORIZER)
	@if cargo nextest --version >/dev/null 2>&1; \
	then set -x; cargo nextest run --workspace; \
	else set -x; cargo test --workspace --lib --bins --tests; fi

lint: deny ## formatting, clippy, documentation, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
	PYTHONPYCACHEPREFIX=$(TARGET)/pycache python3 -m py_compile tests/run_samples.py

# The advisory database is fetched from its host. Where that host is out of reach, the other checks
# still count, and what was left out is said.
deny: $(CARGO_DENY) ## licences, bans, sources, advisories
	$(CARGO_DENY) --all-features check bans licenses sources
	@if timeout 60 $(CARGO_DENY) fetch db >/dev/null 2>&1; \
	then set -x; $(CARGO_DENY) --all-features check --disable-fetch advisories; \
	else echo "advisories NOT checked: their database could not be fetched"; fi

bench: ## the authorizer next to its floors, as one table
	cargo build --release $(AUTHORIZER)
	cargo bench --package tests --bench speed -- --date $$(date +%F)

package: $(CARGO_LAMBDA) ## target/lambda/authorizer.zip: the function, the access table and its seal
	cargo lambda build --release $(AUTHORIZER)
	cp infra/access.toml $(TARGET)/lambda/authorizer/access.toml
	cargo run --package tests --bin seal -- $(TARGET)/lambda/authorizer/access.toml
	cd $(TARGET)/lambda/authorizer && \
		python3 -m zipfile -c ../authorizer.zip bootstrap access.toml access.toml.seal

$(CARGO_LAMBDA):
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get install --yes python3-venv; \
	} || { echo "python3 cannot make virtual environments: install python3-venv" >&2; exit 1; }
	python3 -m venv $(@D)/..
	$(@D)/pip install --quiet --disable-pip-version-check cargo-lambda==$(CARGO_LAMBDA_VERSION)

# A tool that runs for a second: built quickly rather than well.
$(CARGO_DENY):
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
	CARGO_TARGET_DIR=$(@D)/../build cargo install cargo-deny --version $(CARGO_DENY_VERSION) \
		--locked --no-default-features --root $(@D)/..
	rm -r $(@D)/../build
