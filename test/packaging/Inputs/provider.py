"""Compiles a C program with what pkg-config says, and runs it and moe-opt.

Usage: provider.py FOLDER
"""

import os
import subprocess
import sys

PROGRAM = """#include <moesaic/runtime.h>
#include <stdio.h>
int main(void) { printf("shared: %s\\n", moesaic_provider()); return 0; }
"""


def ask(*arguments):
    return subprocess.run(["pkg-config", *arguments, "moesaic"], capture_output=True, text=True,
                          check=True).stdout.split()


def main():
    program = os.path.join(sys.argv[1], "program")
    with open(program + ".c", "w") as file:
        file.write(PROGRAM)
    subprocess.run(["cc", *ask("--cflags"), program + ".c", *ask("--libs"), "-o", program], check=True)
    library = os.path.join(sys.argv[1], "installed", "lib")
    subprocess.run([program], env={**os.environ, "LD_LIBRARY_PATH": library}, stderr=sys.stdout,
                   check=True)
    subprocess.run(ask("--variable=moe_opt") + ["--help"], check=True)


if __name__ == "__main__":
    main()
