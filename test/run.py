#!/usr/bin/env python3
"""Runs the suite and ends with a line `N passed, N failed`.

Usage: run.py BUILD_FOLDER [--long] [lit arguments...]

The long tests are those that say `REQUIRES: long`; without --long they are not
run, with it nothing else is.
"""

import json
import os
import subprocess
import sys
import tempfile

LIT = "/usr/lib/llvm-22/bin/lit"


def main():
    build, *arguments = sys.argv[1:]
    if "--long" in arguments:
        arguments.remove("--long")
        arguments += ["--param", "long=1", "--filter", "long"]
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.json")
        command = [LIT, "-s", "-v", "--output", results, os.path.join(build, "test")]
        status = subprocess.run(command + arguments).returncode
        try:
            with open(results) as file:
                tests = json.load(file)["tests"]
        except OSError:
            sys.exit(f"lit wrote no results (exit status {status})")
    # What the other command runs is not a skipped test.
    codes = [test["code"] for test in tests if test["code"] != "UNSUPPORTED"]
    passed = sum(code in ("PASS", "XFAIL", "FLAKYPASS") for code in codes)
    skipped = sum(code in ("SKIPPED", "EXCLUDED") for code in codes)
    failed = len(codes) - passed - skipped
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}", flush=True)
    sys.exit(1 if failed or not passed else status)


if __name__ == "__main__":
    main()
