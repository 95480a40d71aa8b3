.DEFAULT_GOAL := help
.PHONY: help run test bench lint fmt

help: ## Says this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

run: ## Installs what is missing, builds, and runs a throw-away server with a demonstration realm
	@scripts/install-build-dependencies
	cargo run --locked -- serve --dev

test: ## Installs what is missing and passes every check and every test
	@scripts/install-test-dependencies
	@scripts/test

bench: ## Installs what is missing and measures the server against the bare work it has to do
	@scripts/install-test-dependencies
	cargo bench --locked --bench load

lint: ## The checks of `make test` without its tests
	@scripts/install-test-dependencies
	@scripts/lint

fmt: ## Formats the code
	cargo fmt --all
