SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

CONFIG ?= config.example.yaml
PORT ?= 4000
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 20
MIXTURE_SECONDS ?= 60

help: ## Print this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r verb text; do \
		printf '  make %-12s %s\n' "$$verb" "$$text"; done

build: packages ## Build everything, debug
	swift build

run: packages ## Build the release binary and serve CONFIG on PORT (config.example.yaml, 4000)
	swift build -c release --product penstock --static-swift-stdlib
	@exec .build/release/penstock serve --config "$(CONFIG)" --port "$(PORT)"

install: packages ## Build the release binary and install it below PREFIX (/usr/local)
	swift build -c release --product penstock --static-swift-stdlib
	scripts/install "$(PREFIX)" "$(DESTDIR)"

dist: ## Make a release archive, a Debian package and their checksums in dist/
	scripts/dist

dist-check: ## Try what `make dist` made in a bare Debian without a compiler (wants root)
	scripts/dist-check

test: packages ## Run the unit and end-to-end tests
	swift test

e2e: packages ## Run only the tests that drive the built binary
	swift test --filter EndToEndTests

acceptance: ## Run the openai SDK against the built binary
	scripts/acceptance

lint: ## Check the format and the list of bans
	scripts/lint

format: ## Format the sources in place
	swift format -i --parallel -r $(wildcard Sources Tests Fuzz Benchmarks) Package.swift

doc-test: packages ## Follow README and docs: run their commands, compare what they print
	swift build
	scripts/doc-test

check: lint build test doc-test acceptance guard doubling ## What CI runs: lint, build, test, doc-test, acceptance, guard, doubling

tsan: packages ## Run the tests under the thread sanitizer (own build folder)
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan.supp halt_on_error=0 exitcode=66" SWIFT_BACKTRACE=enable=no \
		swift test --sanitize=thread --scratch-path .build-tsan

asan: packages ## Run the tests under the address sanitizer (own build folder)
	ASAN_OPTIONS="detect_leaks=0 exitcode=66" SWIFT_BACKTRACE=enable=no \
		swift test --sanitize=address --scratch-path .build-asan

mixture: packages ## Send everything at random, under either sanitizer, for MIXTURE_SECONDS (60)
	scripts/soak --sanitize address --seconds $(MIXTURE_SECONDS)
	scripts/soak --sanitize thread --seconds $(MIXTURE_SECONDS)

fuzz: packages ## Fuzz each parser for FUZZ_SECONDS (20)
	scripts/fuzz $(FUZZ_SECONDS)

guard: ## Count instructions and system calls of a request
	scripts/guard

doubling: ## Count what twice the input costs, for every kind of input
	scripts/doubling

real-servers: ## Try the binary in front of a real llama.cpp server with small weights (builds it, once)
	scripts/real-servers

bench: ## Compare with nginx on this machine
	scripts/bench

packages: # Install what the build needs from Debian; silent when all is there
	@scripts/install-packages build

.PHONY: help build run install dist dist-check real-servers test e2e acceptance doc-test lint format check tsan asan mixture fuzz guard doubling bench packages
