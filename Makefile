SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## Print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

build: ## Build the debug binary and all targets
	swift build

test: ## Run the unit and end-to-end tests
	swift test

.PHONY: help build test
