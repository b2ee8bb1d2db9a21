"""Runs the ```sh blocks of a Markdown file, as printed, in a folder that looks
like the project's root after a build.

Usage: commands.py SOURCE_FOLDER BUILD_FOLDER FILE [HEADING]

With a heading only the blocks below it, up to the next one, are run.
"""

import os
import re
import subprocess
import sys
import tempfile


def section(document, heading):
    start = re.search(rf"^#+ {re.escape(heading)}\n", document, re.M)
    if not start:
        sys.exit(f"no heading '{heading}'")
    return re.split(r"^#+ ", document[start.end():], maxsplit=1, flags=re.M)[0]


def main():
    source, build, path, *heading = sys.argv[1:]
    with open(os.path.join(source, path)) as file:
        document = file.read()
    if heading:
        document = section(document, heading[0])
    blocks = re.findall(r"^```sh\n(.*?)^```", document, re.S | re.M)
    if not blocks:
        sys.exit(f"no commands in {path}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "include"):
            os.symlink(os.path.join(source, name), os.path.join(folder, name))
        os.symlink(build, os.path.join(folder, "build"))
        result = subprocess.run(["bash", "-euo", "pipefail"], input="".join(blocks), cwd=folder,
                                text=True)
        sys.exit(result.returncode)


if __name__ == "__main__":
    main()
