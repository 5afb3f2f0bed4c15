#!/bin/sh
# How full a file system is. What it does is said in disk.json.
df -P "${1:-/}" | awk 'NR == 2 { sub("%", "", $5); printf "{\"path\": \"%s\", \"usedPercent\": %s}\n", $6, $5 }' > "$STEWARD_RESULT"
