#!/bin/sh
':' //; export GLIBC_TUNABLES="${GLIBC_TUNABLES-glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=32768}"; exec node --max-semi-space-size=2 --expose-gc --v8-pool-size=1 "$0" "$@"
// Starts the compiled command line. A shell reads the line above, Node what follows: so Node gets settings that a program cannot give
// itself (docs/adr/0019, 0027, 0035). Nothing else may live here: everything is bundled.
import '../dist/steward.mjs';
