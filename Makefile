# SPDX-License-Identifier: BSD-2-Clause
# A thin front: meson and ninja build, tools/ does the rest.

BUILD = build
PREFIX = /usr
DESTDIR =
SECONDS = 20
# further words for tools/run-tests and demo/run: make check ARGS="-s unit"
ARGS =

.PHONY: all programs benchmarks check bench-path bench-net bench-scale demo demo-vpn demo-down fuzz lint format install uninstall clean help

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

programs: $(BUILD)/build.ninja
	@ninja -C $(BUILD) programs

# The packages come first: on a fresh machine there is no compiler.
$(BUILD)/build.ninja:
	@tools/deps build
	@meson setup --prefix=$(PREFIX) $(BUILD)

benchmarks: $(BUILD)/build.ninja
	@ninja -C $(BUILD) programs benchmarks

check:
	@tools/deps build run test
	@$(MAKE) --no-print-directory all
	@tools/run-tests $(BUILD) $(ARGS)

# what is measured may be told more: make bench-path ARGS="--reps 31"
bench-path:
	@tools/deps build
	@$(MAKE) --no-print-directory benchmarks
	@bench/path $(BUILD) $(ARGS)

bench-scale:
	@tools/deps build run
	@$(MAKE) --no-print-directory benchmarks
	@bench/scale $(BUILD) $(ARGS)

# A peer that cannot be had is named, and left out.
bench-net:
	@tools/deps build run
	@tools/deps bench || echo "Going on without those."
	@$(MAKE) --no-print-directory benchmarks
	@bench/fetch-peers $(BUILD)/bench/peers
	@bench/net $(BUILD) $(ARGS)

demo:
	@tools/deps build run
	@$(MAKE) --no-print-directory programs
	@demo/run $(BUILD) $(ARGS)

demo-vpn:
	@tools/deps build run
	@$(MAKE) --no-print-directory programs
	@demo/vpn $(BUILD) $(ARGS)

demo-down:
	@demo/down

fuzz:
	@tools/deps build ci
	@tools/run-fuzz --seconds $(SECONDS) $(ARGS)

lint:
	@tools/deps build test ci
	@$(MAKE) --no-print-directory all
	@tools/lint $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

# A PREFIX that is given now counts, though the build was set up before.
install: all
	@$(if $(filter-out file,$(origin PREFIX)),meson configure \
	    -Dprefix=$(PREFIX) $(BUILD) && ninja -C $(BUILD))
	@DESTDIR=$(DESTDIR) meson install --no-rebuild -C $(BUILD)

uninstall:
	@ninja -C $(BUILD) uninstall

clean:
	rm -rf $(BUILD) build-*

help:
	@echo "make              build everything into $(BUILD)/"
	@echo "make demo         two hosts, protected end to end (root)"
	@echo "make demo-vpn     two offices and a tunnel between them (root)"
	@echo "make demo STAY=1  the same, and leave them up to try things"
	@echo "make demo-down    end what STAY=1 left"
	@echo "make check        every test (root: also namespaces and peers)"
	@echo "make bench-path   the packet path in memory, beside the raw calls"
	@echo "make bench-scale  up to a million rules and SAs (root)"
	@echo "make bench-net    traffic between namespaces, beside others (root)"
	@echo "make fuzz         each fuzzer for SECONDS=$(SECONDS)"
	@echo "make lint         static checks of the sources"
	@echo "make format       clang-format over the tree"
	@echo "make install      into PREFIX=$(PREFIX), below DESTDIR"
	@echo "make clean        remove what was built"
	@echo
	@echo "As root those that build install the Debian packages that they"
	@echo "need; DEPS=check only names them, DEPS=skip does not look."
