# The commands of the house. Every one first brings in what is missing and asks nothing; the work is in tools/.
.PHONY: help run test build bench bench-quick bench-compare sanitize races arm clang fuzz check tidy format clean

MAIN_JOB := ricci_main_job

help:  ## say what can be asked
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile

run:  ## build and run the main job
	@tools/setup
	@tools/build release $(MAIN_JOB)
	@build/release/examples/$(MAIN_JOB)

test:  ## build everything and run every test
	@tools/setup
	@tools/build release
	@tools/test release

build:  ## build everything: library, tools, tests, Python package
	@tools/setup
	@tools/build release

bench: rivals  ## measure against the rivals on PyPI (an hour; TORCH=1 fetches torch too, THREADS=2 for two, WARMED=1 lets malloc keep memory)
	@tools/bench --threads $(or $(THREADS),1) $(if $(WARMED),--warmed)

bench-quick: rivals  ## the same with small sizes (three minutes)
	@tools/bench --quick --threads $(or $(THREADS),1) $(if $(WARMED),--warmed)

bench-compare:  ## measure this build against another one, case by case in turn: BEFORE=folder of its Python package
	@tools/setup
	@tools/build release python/all
	@.venv/bin/python benchmarks/compare.py --quick --rounds 41 "$(BEFORE)" build/release/python

.PHONY: rivals
rivals:
	@tools/setup
	@tools/build release python/all ricci_cli
	@tools/rivals $(if $(TORCH),--torch)

sanitize:  ## run the C++ tests under the address and undefined-behaviour sanitizers
	@tools/setup
	@tools/build asan
	@tools/test asan

races:  ## run the C++ tests under the thread sanitizer, on a oneTBB that is built with it (half an hour)
	@tools/setup
	@tools/tsan

arm:  ## run the C++ tests built for 64-bit Arm, NEON kernels and all, under qemu (half an hour)
	@tools/setup
	@tools/arm

clang:  ## build with clang 19 and run the C++ tests, with GCC's standard library and with libc++ (40 minutes)
	@tools/setup
	@tools/clang

fuzz:  ## fuzz every reader, the planner and the kernels for SECONDS each (60) under libFuzzer and sanitizers
	@tools/setup
	@tools/fuzz $(or $(SECONDS),60)

check:  ## hold layers, text and layout against the rules of the house
	@tools/setup
	@tools/check

tidy:  ## look for faults with clang-tidy (minutes)
	@tools/setup
	@tools/build release ricci
	@tools/tidy

format:  ## lay out the sources
	@tools/setup
	@tools/check --fix

clean:  ## remove what was built
	rm -rf build/release build/debug build/asan build/tsan build/tsan-tbb build/arm build/clang build/libcxx \
	  build/libcxx-gtest build/fuzz
