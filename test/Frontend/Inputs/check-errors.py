"""Checks every diagnostic of the programs in one file.

check-errors.py FILE [--update]: FILE holds programs separated by lines
`// -----`. Each ends with its expected diagnostics, all of them, in order:

    //! LINE:COLUMN: error: text      the caret must stand there, too
    //! help: text

LINE counts from the start of the program. `//: ARGUMENTS` before a program are
for the compiler. With --update, rewrites the expectations.
"""

import os
import re
import subprocess
import sys
import tempfile


def diagnostics(stderr, path):
    """The messages of one run; checks that each caret is where it says."""
    found = []
    lines = stderr.splitlines()
    for number, line in enumerate(lines):
        match = re.match(r"(.*?):(\d+):(\d+): (error|note): (.*)", line)
        if match:
            name, row, column, kind, text = match.groups()
            where = "" if name == path else os.path.basename(name) + ":"
            found.append(f"{where}{row}:{column}: {kind}: {text}")
            if lines[number + 2].find("^") != int(column) - 1:
                sys.exit(f"caret of '{line}' is not in column {column}:\n{stderr}")
            continue
        match = re.match(r"(?:.*?: )?((?:help|error|note): .*)", line)
        if match:
            found.append(match.group(1))
    return found


def run(program, arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tile")
        with open(path, "w", encoding="latin-1") as file:
            file.write(program)
        command = ["moe-opt", path, "--emit=tile", "-o", "-"] + arguments
        result = subprocess.run(command, capture_output=True, timeout=60)
    stderr = result.stderr.decode("latin-1").replace(folder + "/", "")
    if result.returncode != 1 or result.stdout:
        sys.exit(f"expected status 1 and no output, got {result.returncode}:\n"
                 f"{program}\n{stderr}")
    return diagnostics(stderr, "case.tile")


def main():
    path = sys.argv[1]
    with open(path, encoding="latin-1") as file:
        head, *cases = file.read().split("// -----\n")
    failed, rewritten = 0, [head]
    for case in cases:
        lines = case.splitlines()
        arguments = " ".join(l[3:] for l in lines if l.startswith("//:")).split()
        expected = [l[4:] for l in lines if l.startswith("//! ")]
        program = [l for l in lines if not l.startswith(("//! ", "//:"))]
        got = run("\n".join(program) + "\n", arguments)
        rewritten.append("\n".join([l for l in lines if not l.startswith("//! ")]
                                   + ["//! " + line for line in got]) + "\n")
        if got != expected:
            failed += 1
            print("\n".join(program), "\nexpected:", *expected, "got:", *got, sep="\n  ")
    if "--update" in sys.argv:
        with open(path, "w", encoding="latin-1") as file:
            file.write("// -----\n".join(rewritten))
    elif failed or not cases:
        sys.exit(f"{failed} of {len(cases)} programs differ")


if __name__ == "__main__":
    main()
