"""Compares the symbols that two libraries define: PACKAGED OURS (llvm-readelf)."""

import re
import sys

# The debugger's build information, compiler support and an internal helper of
# a compiler that no longer exists.
NOT_HIP = r"amd_dbgapi_|__gnu_|__hipGetPCH|_ZN8hip_impl"


def defined(path):
    names = set()
    for line in open(path):
        fields = line.split()
        if len(fields) >= 8 and fields[3] == "FUNC" and fields[6] != "UND":
            names.add(fields[7])
    return names


packaged, ours = (defined(path) for path in sys.argv[1:])
packaged = {name for name in packaged if not re.match(NOT_HIP, name)}
hip = {name for name in ours if re.match(r"(_Z\d+)?(__)?hip", name)}
for title, names in (("missing", packaged - ours), ("foreign", ours - hip), ("newer", hip - packaged)):
    print(f"{title}:", " ".join(sorted(names)) or "none")
