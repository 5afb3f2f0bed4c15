#!/usr/bin/env python3
"""Counts the words of the data that the message brings."""
import json
import os
import sys

if sys.argv[1:] == ["--describe"]:
    print(json.dumps({
        "summary": "Counts words.",
        "args": [{"name": "least", "type": "integer", "optional": True, "doc": "only words of so many letters"}],
        "timeout": 30,
        "memory": 256,
        "example": {"args": ["4"], "data": "the ship is late again"},
    }))
    sys.exit()

least = int(sys.argv[1]) if len(sys.argv) > 1 else 1
words = [word for word in sys.stdin.read().split() if len(word) >= least]
with open(os.environ["STEWARD_RESULT"], "w") as result:
    json.dump({"words": len(words)}, result)
