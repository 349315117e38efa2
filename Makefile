# What is built goes to artifacts/ and testkernels/build/. `make` lists the targets.

PROFILE ?= configs/hello64.yaml
ARGS ?=
HOST ?= local
SECONDS ?= 60
PACKETS ?= 1000000
SEED ?=

.DEFAULT_GOAL := help
.PHONY: help build run test fuzz kernels bench fmt lint clean

# The SDK needs neither ICU nor a word of welcome.
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1

program := artifacts/osdevhv
# Directories are here too, so that a file that is gone counts as a change.
sources := $(shell find src configs \( -name bin -o -name obj \) -prune -o -print 2>/dev/null) \
           Directory.Build.props Directory.Packages.props global.json

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

build: $(program) ## the program: artifacts/osdevhv
	@:
$(program): $(sources)
	@tests/setup-packages build dotnet
	@echo "  PUBLISH  $@"
	@dotnet publish src/OsDevHv -c Release -v quiet -o artifacts/osdevhv-publish
	@cp artifacts/osdevhv-publish/osdevhv $@.new && mv $@.new $@

kernels: ## the test kernels: testkernels/build/
	@tests/setup-packages build
	@$(MAKE) --no-print-directory -C testkernels

run: build kernels ## boot a test kernel; PROFILE=FILE for another machine, ARGS='--gdb' for options
	@$(program) run $(PROFILE) $(ARGS)

test: build kernels ## all tests, on every KVM host there is or can be
	@tests/run $(ARGS)

fuzz: ## random accesses at whole machines, for 60 s, and a million packets; SECONDS=, PACKETS=, SEED=
	@tests/setup-packages unit
	@dotnet build tests/OsDevHv.UnitTests -c Release -m:1 -v quiet
	@OSDEVHV_FUZZ_PACKETS=$(PACKETS) OSDEVHV_FUZZ_SECONDS=$(SECONDS) OSDEVHV_FUZZ_SEED=$(SEED) \
	  artifacts/bin/OsDevHv.UnitTests/release/OsDevHv.UnitTests -class '*.WholeMachineFuzzTests' -class '*.PacketFuzzTests' -showLiveOutput -noColor -noLogo

bench: build kernels ## the measurements, beside QEMU's; HOST=amd: on that nested host (tests/hosts)
	@tests/bench $(HOST) $(ARGS)

fmt: ## put the sources into shape
	@tests/setup-packages dotnet
	@dotnet format OsDevHv.sln

lint: ## what a build and a formatter can find fault with
	@tests/setup-packages build dotnet
	@dotnet format OsDevHv.sln --verify-no-changes
	@dotnet build OsDevHv.sln -v quiet -warnaserror
	@$(MAKE) --no-print-directory -C testkernels --always-make WARNINGS=-Werror
	@if command -v shellcheck > /dev/null; then \
	  grep -rlI '^#!/usr/bin/env bash' .ci tests testkernels --exclude-dir=build | xargs shellcheck; \
	else echo "shellcheck is not installed; scripts are not checked"; fi

clean: ## remove everything that is built
	@rm -rf artifacts testkernels/build
