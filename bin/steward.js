#!/bin/sh
':' //; exec node --max-semi-space-size=4 "$0" "$@"
// Starts the compiled command line. A shell reads the line above, Node what follows: so Node gets a setting that a program cannot give
// itself (docs/adr/0019). Nothing else may live here: everything is bundled.
import '../dist/steward.mjs';
