"""Runs the commands of README.md that begin with build/bin/, as printed.

Usage: readme.py SOURCE_FOLDER BUILD_FOLDER
"""

import os
import re
import subprocess
import sys
import tempfile

import numpy as np


def main():
    source, build = sys.argv[1:]
    with open(os.path.join(source, "README.md")) as file:
        blocks = re.findall(r"^```sh\n(.*?)^```", file.read(), re.S | re.M)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    commands = [line for line in lines if line.startswith("build/bin/")]
    if len(commands) < 3:
        sys.exit(f"expected three commands or more in README.md, got {commands}")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.join(source, "examples"), os.path.join(folder, "examples"))
        os.symlink(build, os.path.join(folder, "build"))
        np.save(os.path.join(folder, "x.npy"), np.zeros((5, 2, 64), np.uint16))
        kernel = os.path.join(source, "examples", "kernels", "topk_reduce.tile")
        tile = subprocess.run([os.path.join(build, "bin", "moe-opt"), kernel, "--emit=tile", "-o", "-"],
                              capture_output=True, check=True).stdout
        with open(os.path.join(folder, "layers.mlir"), "wb") as file:
            file.write(tile)
        for command in commands:
            result = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
            if result.returncode:
                sys.exit(f"{command}\nended with {result.returncode}: {result.stderr}")
        for made in ("grouped_gemm.hsaco", "out.npy"):
            if not os.path.exists(os.path.join(folder, made)):
                sys.exit(f"'{made}' was not written")


if __name__ == "__main__":
    main()
