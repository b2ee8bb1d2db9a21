#!/usr/bin/env python3
"""Preshuffled weights: the kernel, the NumPy helper and the definition agree.

    shuffling.py FOLDER_OF_EXAMPLES [--device=...]
"""

import argparse
import os
import subprocess
import sys

import numpy as np

from kernels import check, run


def defined(weights):
    """What aiter calls the layout (16, 16): 16 rows by 16 bytes, element by element."""
    deep = 16 // weights.itemsize
    experts, n, k = weights.shape
    return np.array([weights[e, row + inner, column + place]
                     for e in range(experts) for row in range(0, n, 16) for column in range(0, k, deep)
                     for inner in range(16) for place in range(deep)], weights.dtype).reshape(weights.shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--device", default="interp,sim:gfx942,sim:gfx1100")
    options = parser.parse_args()
    sys.path.append(os.path.join(options.folder, "apps"))
    from shuffle_weights import shuffle

    rng = np.random.default_rng(3)
    for kind, dtype, deep, shape in (("bf16", np.uint16, 8, (3, 96, 72)), ("i8", np.int8, 16, (2, 32, 80))):
        weights = rng.integers(0, 127, shape).astype(dtype)
        expected = defined(weights)
        check(f"{kind}: the helper", np.array_equal(shuffle(weights), expected))
        for device in options.device.split(","):
            [got] = run(os.path.join(options.folder, "kernels", "shuffle_weights.tile"), "--kernel=shuffle_weights",
                        device, [f"Ty={kind}", f"DEEP={deep}"], {"w": weights}, ["shuffled"])
            check(f"{device}, {kind}: the kernel", np.array_equal(got, expected))


if __name__ == "__main__":
    main()
