SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# A workspace around the checkout would replace the pinned modules, those of the tools too.
export GOWORK := off

# The servers lie in directories that are not in everybody's PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

TEST_TIMEOUT ?= 15m
FUZZTIME ?= 60s
export FUZZTIME

# The tools are pinned each in a module of its own, so that they enter neither the product's go.mod nor each other's.
tool = go tool -modfile=.ci/tools/$(1)/go.mod $(1)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/zoneward
	CGO_ENABLED=0 go build -trimpath -o bin/zoneward ./cmd/zoneward

.PHONY: test
test: packages ## run all tests with the race detector, against real servers
	CGO_ENABLED=1 go test -race -timeout $(TEST_TIMEOUT) ./...

.PHONY: test-gitea
test-gitea: ## run the tests against a real Gitea or Forgejo: GITEA=/path/to/gitea (and GITEA_STATIC=/path/to/its/source, if it has no bindata)
	@[ -n "$(GITEA)" ] || { echo "which one? make test-gitea GITEA=/path/to/gitea" >&2; exit 1; }
	ZONEWARD_GITEA="$(abspath $(GITEA))" ZONEWARD_GITEA_STATIC="$(abspath $(GITEA_STATIC))" \
		go test -tags gitea -count=1 -timeout $(TEST_TIMEOUT) -run ^TestGitea ./cmd/zoneward/...

.PHONY: packages
packages: ## install the Debian packages that the tests need
	@.ci/packages

.PHONY: check
check: check-format check-lint check-live check-workflows check-manifests check-tidy check-paths ## run all checks (make -k check: to the end)

.PHONY: check-format
check-format: ## gofumpt would change nothing
	@files=$$($(call tool,gofumpt) -l .); \
	[ -z "$$files" ] || { echo "not formatted (make fmt does it):"; echo "$$files"; exit 1; } >&2

.PHONY: check-lint
check-lint: ## golangci-lint finds nothing
	$(call tool,golangci-lint) run

.PHONY: check-live
check-live: ## the tests against real systems build, which nobody runs here
	go vet -tags live ./providers/...
	go vet -tags gitea ./cmd/...

.PHONY: check-workflows
check-workflows: ## actionlint accepts the GitHub workflows
	@# shellcheck and pyflakes are off, since a machine may have them or not. GitHub has "queue" since May 2026, and actionlint 1.7.12 does not know it.
	.ci/workflows | xargs $(call tool,actionlint) -shellcheck= -pyflakes= -ignore 'unexpected key "queue" for "concurrency" section'

.PHONY: check-manifests
check-manifests: ## the Dockerfile, unit, manifests and alert rules are what their readers accept
	cd .ci/manifests && go vet ./... && go mod tidy -diff && go test -count=1 ./...

.PHONY: check-tidy
check-tidy: ## go.mod and go.sum are as go mod tidy leaves them
	go mod tidy -diff

.PHONY: check-paths
check-paths: ## no file names a path of one machine
	@.ci/paths

.PHONY: bench
bench: packages ## measure zoneward beside other programs, and write docs/benchmarks.md (BENCH_QUICK=1: once, bin/benchmarks.md)
	@mkdir -p bin
	BENCH_REPORT=$(CURDIR)/$(if $(BENCH_QUICK),bin,docs)/benchmarks.md \
		go test -count=1 -v -timeout 60m -run='^TestReport$$' ./cmd/zoneward/internal/benchmarks

.PHONY: bench-go
bench-go: ## run the Go benchmarks of the packages
	go test -run='^$$' -bench=. -benchmem -timeout 60m ./...

.PHONY: soak
soak: packages ## run the long counts, then every fuzz target for FUZZTIME
	ZONEWARD_SOAK=1 CGO_ENABLED=1 go test -race -timeout 60m ./...
	.ci/fuzz

.PHONY: fmt
fmt: ## format the Go files
	$(call tool,gofumpt) -w .
