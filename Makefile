# Tools are pinned here and live under the target directory: `cargo clean` removes all of it.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
CARGO_AUDITABLE_VERSION := 0.7.7
CARGO_DENY_VERSION := 0.20.2
# $(1): the tool and its list, $(2): its package, where that has another name.
pinned = $(shell sed -n 's/^$(or $(2),$(1))==\([^ ]*\).*/\1/p' tests/requirements/$(1).txt)
CARGO_LAMBDA_VERSION := $(call pinned,cargo-lambda)
CHECKOV_VERSION := $(call pinned,checkov)
# With what stands beside it: an emulator without SAM's transform has the same version.
MINISTACK_VERSION := $(call pinned,ministack)-$(firstword $(shell cksum tests/requirements/ministack.txt))
AWSCLI_VERSION := $(call pinned,awscli)
SAM_VERSION := $(call pinned,sam,aws-sam-cli)

CARGO_LAMBDA := $(TARGET)/tools/cargo-lambda-$(CARGO_LAMBDA_VERSION)/bin/cargo-lambda
CARGO_AUDITABLE := $(TARGET)/tools/cargo-auditable-$(CARGO_AUDITABLE_VERSION)/bin/cargo-auditable
CARGO_DENY := $(TARGET)/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
CHECKOV := $(TARGET)/tools/checkov-$(CHECKOV_VERSION)/bin/checkov
MINISTACK := $(TARGET)/tools/ministack-$(MINISTACK_VERSION)/bin/ministack
AWSCLI := $(TARGET)/tools/awscli-$(AWSCLI_VERSION)/bin/aws
SAM := $(TARGET)/tools/sam-$(SAM_VERSION)/bin/sam

.PHONY: help run dev watch test lint deny bench package folder deploy-local binaries packages senders shells chromium postgresql \
	ministack awscli sam checkov

# The scripts of `tests` import each other.
export PYTHONPYCACHEPREFIX := $(TARGET)/pycache

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

# Cargo finds its subcommands on the path, and `cargo lambda` a Python that has Zig.
run watch package folder: export PATH := $(dir $(CARGO_LAMBDA)):$(dir $(CARGO_AUDITABLE)):$(PATH)

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

# And their packages, for this machine. One is built a second time, from a copy of the checkout at another place and
# into another target directory: the suite compares them.
SUITE := $(TARGET)/suite
HERE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
PACKAGED := ARCH=$(HERE) ACCESS=infra/access.toml API_TEMPLATE=infra/template.yaml JWKS_SEED= \
	PORTCULLIS=$(TARGET)/debug/portcullis
packages: binaries $(CARGO_LAMBDA) $(CARGO_AUDITABLE)
	@$(MAKE) --no-print-directory package $(PACKAGED) LAMBDA=$(SUITE)/packages FUNCTIONS=
	@rm -rf $(SUITE)/checkout && mkdir -p $(SUITE)/checkout
	@tar -cf - --exclude=.aws-sam --exclude=fuzz/target .cargo Cargo.* Makefile rust-toolchain.toml \
		$(filter-out $(notdir $(TARGET)),$(patsubst %/,%,$(wildcard */))) | tar -xf - -C $(SUITE)/checkout
	@$(MAKE) --no-print-directory --directory $(SUITE)/checkout package $(PACKAGED) LAMBDA=$(SUITE)/elsewhere \
		FUNCTIONS=authorizer CARGO_TARGET_DIR=$(SUITE)/target CARGO_LAMBDA=$(CARGO_LAMBDA) \
		CARGO_AUDITABLE=$(CARGO_AUDITABLE)

test: lint senders shells chromium postgresql packages ## lints, documentation tests, unit tests, the suite
	cargo test --locked --workspace --doc
	@if cargo nextest --version >/dev/null 2>&1; \
	then set -x; python3 tests/with_services.py cargo nextest run --locked --workspace --no-fail-fast; \
	else set -x; python3 tests/with_services.py cargo test --locked --workspace --lib --bins --tests --no-fail-fast; fi

lint: deny $(SAM) $(CHECKOV) ## formatting, clippy, documentation, dependencies, templates
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --package adapters -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --all-features
	python3 -m py_compile tests/*.py infra/*.py infra/package/*.py
	python3 infra/deployment.py --check
	$(dir $(SAM))cfn-lint $(TEMPLATES) infra/verify/probe.yaml
	$(CHECKOV) --framework cloudformation --compact --quiet --skip-download $(TEMPLATES:%=--file %)
	python3 tests/sign_webhook_samples.py --check
	python3 tests/make_key_samples.py --check

# What checkov would have otherwise stands with its reason in the templates; the probe lives for minutes.
TEMPLATES := infra/template.yaml infra/http-api.yaml

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

# ARCH is what Lambda calls its architectures; without it, those that can be built here. The access table that is
# packaged is ACCESS, and JWKS_SEED a file of keys beside it. API_TEMPLATE is the template of the API that the table is
# compared with, empty for none. PORTCULLIS is the tool, if it is built already.
LAMBDA := $(TARGET)/lambda
ACCESS ?= infra/access.toml
API_TEMPLATE ?= infra/template.yaml
PACKAGE = python3 infra/package/package.py $(1) --target $(TARGET) --access $(ACCESS) --template "$(API_TEMPLATE)" \
	--auditable $(CARGO_AUDITABLE_VERSION) $(if $(ARCH),--arch "$(ARCH)") \
	$(if $(JWKS_SEED),--seed $(JWKS_SEED)) $(if $(PORTCULLIS),--portcullis $(PORTCULLIS))
package: $(CARGO_LAMBDA) $(CARGO_AUDITABLE) ## target/lambda/<arch>/<function>.zip, SBOMs, checksums; ARCH="arm64 x86_64"
	@$(call PACKAGE,zips $(FUNCTIONS)) --into $(LAMBDA)

# ARGS="--port 4566" for another port than any.
deploy-local: postgresql $(SAM) $(MINISTACK) $(CARGO_LAMBDA) $(CARGO_AUDITABLE) ## the stack on this machine, with CloudFormation and MiniStack
	@python3 tests/deploy_local.py $(ARGS)

# For `infra/Makefile`: what the zip of FUNCTION has, as files in INTO.
folder: $(CARGO_LAMBDA) $(CARGO_AUDITABLE)
	@$(call PACKAGE,folder $(FUNCTION)) --into $(INTO)

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

# `cfn-lint` comes with SAM, and is beside it.
sam: $(SAM)
	@echo $(SAM)

checkov: $(CHECKOV)
	@echo $(CHECKOV)

PYTHON_TOOLS := $(AWSCLI) $(CARGO_LAMBDA) $(CHECKOV) $(MINISTACK) $(SAM)
$(AWSCLI): REQUIREMENTS := tests/requirements/awscli.txt
$(CARGO_LAMBDA): REQUIREMENTS := tests/requirements/cargo-lambda.txt
$(CHECKOV): REQUIREMENTS := tests/requirements/checkov.txt
$(MINISTACK): REQUIREMENTS := tests/requirements/ministack.txt
$(SAM): REQUIREMENTS := tests/requirements/sam.txt
# A list is complete, and pip would stumble over extras in it. What is installed is not started by make, and looks
# for its bytecode beside it.
$(PYTHON_TOOLS): export PYTHONPYCACHEPREFIX :=
$(PYTHON_TOOLS):
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get install --yes python3-venv; \
	} || { echo "python3 cannot make virtual environments: install python3-venv" >&2; exit 1; }
	python3 -m venv $(@D)/..
	$(@D)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $(REQUIREMENTS)

# Tools that run for a second: built quickly rather than well.
$(CARGO_DENY): OWN := cargo-deny --version $(CARGO_DENY_VERSION) --no-default-features
$(CARGO_AUDITABLE): OWN := cargo-auditable --version $(CARGO_AUDITABLE_VERSION)
$(CARGO_DENY) $(CARGO_AUDITABLE):
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
	CARGO_TARGET_DIR=$(@D)/../build cargo install $(OWN) --locked --root $(@D)/..
	rm -r $(@D)/../build
