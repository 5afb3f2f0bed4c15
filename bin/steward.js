#!/usr/bin/env node
// Starts the compiled command line. Nothing but this line may live here: everything else is bundled.
import '../dist/steward.mjs';
