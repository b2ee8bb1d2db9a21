"""Changes bytes of the image inside a linked program, one at a time, and expects
the program to refuse it each time.

Usage: change.py PROGRAM
"""

import os
import struct
import subprocess
import sys


def main():
    program = sys.argv[1]
    with open(program, "rb") as file:
        good = file.read()
    start = good.index(b"moesaic\0" + struct.pack("<II", 1, 5))
    size = struct.unpack_from("<Q", good, start + 16)[0]
    table = range(0, 56 + 2 * 24, 5)
    code = range(200, size, size // 12)
    changed = program + ".changed"
    for at in [*table, *code, size - 1]:
        bad = bytearray(good)
        bad[start + at] ^= 0x10
        with open(changed, "wb") as file:
            file.write(bad)
        os.chmod(changed, 0o755)
        result = subprocess.run([changed], capture_output=True, text=True)
        if result.returncode != 1 or "embedded image" not in result.stderr:
            sys.exit(f"byte {at}: status {result.returncode}: {result.stdout}{result.stderr}")
    print(f"{len(table) + len(code) + 1} changed programs refused")


if __name__ == "__main__":
    main()
