#!/usr/bin/env python3
"""Checks that a header has the lines that a document shows, in that order.

    check-docs.py DOCUMENT HEADER
"""

import re
import sys

document, header = sys.argv[1:]
lines = re.search(r"^```c\n(.*?)^```", open(document).read(), re.S | re.M).group(1).splitlines()
rest = iter(open(header).read().splitlines())
for line in lines:
    if line not in rest:
        sys.exit(f"{header}: expected a line '{line}'")
