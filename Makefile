SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## Print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

build: ## Build the debug binary and all targets
	swift build

test: ## Run the unit and end-to-end tests
	swift test

tsan: ## Run the tests under the thread sanitizer
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan.supp halt_on_error=0 exitcode=66" \
		swift test --sanitize=thread --scratch-path .build-tsan

.PHONY: help build test tsan
