"""Compiles each ```tile example of a Markdown file, as it stands and as its
syntax tree prints."""

import os
import re
import subprocess
import sys
import tempfile


def compile_to(stage, path):
    command = ["moe-opt", path, f"--emit={stage}", "-o", "-"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout


def main():
    with open(sys.argv[1]) as file:
        document = file.read()
    examples = re.findall(r"^```tile\n(.*?)^```", document, re.S | re.M)
    if not examples:
        sys.exit(f"no examples in {sys.argv[1]}")
    with tempfile.TemporaryDirectory() as folder:
        for number, example in enumerate(examples):
            path = os.path.join(folder, f"example-{number}.tile")
            with open(path, "w") as file:
                file.write(example)
            compile_to("tile", path)
            tree = compile_to("ast", path)
            with open(path, "w") as file:
                file.write(tree)
            compile_to("tile", path)
            if compile_to("ast", path) != tree:
                sys.exit(f"the tree of example {number} prints as another:\n{tree}")


if __name__ == "__main__":
    main()
