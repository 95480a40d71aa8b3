.DEFAULT_GOAL := help
.PHONY: help run install deb test bench bench-growth chaos mutants lint fmt fuzz sbom reproducible

help: ## Says this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

PORT ?= 8080

run: ## Installs what is missing, builds, and runs a throw-away server with a demonstration realm at PORT=8080
	@scripts/install-build-dependencies
	@[ -e target/debug/claviger ] || echo "The first build compiles for about 7 minutes on two cores, later ones for seconds."
	@cargo run --locked -- serve --dev --listen 127.0.0.1:$(PORT) \
		|| { echo "If another program has the port: make run PORT=8081"; exit 1; }

PREFIX ?= /usr/local
BINARY ?= target/release/claviger

install: ## Copies the program, its manual, completions and units below DESTDIR= and PREFIX=/usr/local
	@packaging/install "$(BINARY)" "$(DESTDIR)" "$(PREFIX)"

deb: ## Writes a Debian package of BINARY=target/release/claviger to target
	@packaging/deb "$(BINARY)" target

test: ## Installs what is missing and passes every check and every test
	@scripts/test

bench: ## Installs what is missing and measures the server against the bare work it has to do
	@scripts/install-test-dependencies
	cargo bench --locked --bench load

bench-growth: ## Measures what acts, starts and memory cost up to a million credentials
	@scripts/install-test-dependencies
	cargo bench --locked --bench load -- --rows growth-1m

lint: ## The checks of `make test` without its tests
	@scripts/install-test-dependencies
	@scripts/lint

fmt: ## Installs what is missing and formats code and documents
	@scripts/install-test-dependencies
	cargo fmt --all
	git ls-files -z --cached --others --exclude-standard '*.md' | xargs -0 .tools/python/bin/mdformat

SECONDS ?= 600

fuzz: ## Feeds every parser with damaged input, each for SECONDS=600
	FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$$(date +%s) cargo test --locked --test fuzz -- --nocapture

sbom: ## Writes what the binary is made of: target/claviger.cdx.json (CycloneDX)
	@scripts/install-build-dependencies
	@scripts/sbom

reproducible: ## Builds the release binary twice and compares: the same bytes, or it fails
	@scripts/install-build-dependencies
	@scripts/reproducible

MINUTES ?= 20

chaos: ## Three nodes under faults for MINUTES=20; CHAOS_SEED=… repeats the faults of another run
	@scripts/install-test-dependencies
	CHAOS_SECONDS=$$(($(MINUTES) * 60)) CHAOS_LONGEST_STOP=60 \
		cargo test --locked --test cluster -- --exact chaos::chaos --nocapture

mutants: ## Builds mistakes into the protocol between nodes, one by one; the injected faults must reveal each
	@scripts/install-test-dependencies
	@scripts/mutants
