# Everything a person or CI does with this repository. Nothing but Go is needed; `make` alone prints what there is.

GO       ?= go
GOTEST   ?= $(GO) test
PACKAGES := ./...
E2E      := ./cmd/guildboard/e2e/...

# SQLite is C made into Go: checking its pointers takes half of the tests' time, and finds nothing of ours.
UNCHECKED := -gcflags='modernc.org/...=-d=checkptr=0'

# How many packages are tested at a time: those that wait for Redis or Postgres leave the processors to others.
WAITING := 4

.DEFAULT_GOAL := help
.PHONY: help run dev build test test-full e2e faults marks bench fuzz check generate fmt

help: ## Print the targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start the demo on http://127.0.0.1:8080.
	$(GO) run ./cmd/guildboard demo

dev: ## Start the demo; reload the page in the browser (http://127.0.0.1:7331) when a file is saved.
	$(GO) tool templ generate -include-version=false -watch -proxy http://127.0.0.1:8080 -cmd "$(GO) run ./cmd/guildboard demo"

build: ## Build the binary into bin/.
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/guildboard ./cmd/guildboard

test: ## Run the tests, on SQLite and an embedded Redis, with little data: what to run after each change.
	env -u DATABASE_URL -u REDIS_URL $(GOTEST) -short -shuffle=on -p $(WAITING) -timeout 20m $(PACKAGES)

test-full: ## Run the tests with the race detector and large data; on DATABASE_URL and REDIS_URL, too, where they are set.
	@test -n "$$DATABASE_URL" || echo "skipped: DATABASE_URL is not set, so the store is tested on SQLite alone"
	@test -n "$$REDIS_URL" || echo "skipped: REDIS_URL is not set, so Redis is the embedded one"
	$(GOTEST) -race -shuffle=on -p $(WAITING) -timeout 40m $(UNCHECKED) $(PACKAGES)

e2e: ## Run the browser tests against the built binary; Chromium, Firefox and WebKit where they are installed.
	$(GOTEST) -tags e2e -count=1 -timeout 40m $(E2E)

faults: ## Break server, Redis, Postgres and network under load, and see that pages are right after (FAULTS=-short: less of it).
	$(GOTEST) -tags faults -count=1 -parallel 4 -timeout 20m $(FAULTS) ./cmd/guildboard/faults

marks: ## Watch in every browser what open pages say while servers are unavailable, and print the table.
	$(GO) test -tags faults -count=1 -v -timeout 40m -run '^TestLiveStatus' ./cmd/guildboard/faults

bench: ## Run the benchmarks, and measure the binary under load (LOADGEN: its flags).
	$(GO) test -run '^$$' -bench . -skip '^BenchmarkPages$$' -benchmem $(PACKAGES)
	$(GO) test -run '^$$' -bench '^BenchmarkPages$$' -benchtime 50x -timeout 20m ./handlers
	$(GO) run ./cmd/loadgen $(LOADGEN)

fuzz: ## Let every fuzz test look for trouble for a while (FUZZTIME, default 20s each).
	@for package in $$($(GO) list $(PACKAGES)); do \
		for test in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			$(GO) test -run '^$$' -fuzz "^$$test$$" -fuzztime $(or $(FUZZTIME),20s) $$package || exit 1; \
		done; \
	done

generate: ## Make the Go files of the templates.
	$(GO) tool templ generate -include-version=false
	$(GO) fmt ./views/... >/dev/null

fmt: ## Format Go and templates.
	gofmt -w $$(git ls-files '*.go')
	$(GO) tool templ fmt views

check: ## Check format, vet, lint, generated code, imports, known vulnerabilities.
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not formatted, run make fmt: $$unformatted"; exit 1; }
	@.ci/generated
	$(GO) vet -tags e2e,faults $(PACKAGES)
	$(GO) tool staticcheck -tags e2e,faults $(PACKAGES)
	@.ci/imports
	@.ci/vulnerabilities
