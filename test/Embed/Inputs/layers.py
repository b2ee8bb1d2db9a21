#!/usr/bin/env python3
"""Compares an embedded layer with moe-run, bit by bit.

    layers.py PROGRAM LIBRARY MANIFEST HIP PREFIX CHIPS OTHER_CHIP
"""

import os
import subprocess
import sys

import numpy as np

CALL = os.path.join(os.path.dirname(__file__), "call.py")


def truncate_to_bf16(values):
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def save_inputs(prefix, rng, T, H, E, I, k):
    ids = np.stack([rng.permutation(E)[:k] for _ in range(T)]).astype(np.int32)
    ids.flat[0] = E  # no expert
    arrays = {
        "hidden": truncate_to_bf16(rng.standard_normal((T, H))),
        "w1": truncate_to_bf16(rng.standard_normal((E, 2 * I, H))),
        "w2": truncate_to_bf16(rng.standard_normal((E, H, I))),
        "topk_ids": ids,
        "topk_weights": rng.random((T, k)).astype(np.float32),
    }
    options = []
    for name, array in arrays.items():
        np.save(f"{prefix}.{name}.npy", array)
        options += ["--in", f"{name}={prefix}.{name}.npy"]
    return options


def workspace_bytes(T, H, E, I, k, block):
    """By hand: what examples/kernels/moe_layer.tile asks for, in its order."""
    slots = T * k
    padded = -(-(slots + min(slots, E) * (block - 1)) // block) * block
    pieces = [4 * padded, 4 * padded // block, 4, 2 * slots * I, 2 * slots * H]
    return sum(-(-piece // 256) * 256 for piece in pieces)


def main():
    program, library, manifest, hip, prefix, chips, other = sys.argv[1:]
    rng = np.random.default_rng(5)

    def call(chip, *options):
        environment = {**os.environ, "MOESAIC_DEVICE": chip, "MOESAIC_HIP": hip}
        command = [sys.executable, CALL, library, manifest, hip, "moe_layer", *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    # One shape for the smallest blocks, one for the largest.
    for shape in ((5, 64, 3, 24, 2), (70, 32, 2, 16, 2)):
        inputs = save_inputs(prefix, rng, *shape)
        for chip in chips.split(","):
            embedded = call(chip, *inputs, "--out", f"out={prefix}.bin")
            if embedded.returncode:
                sys.exit(f"{chip}: {embedded.stdout}{embedded.stderr}")
            run = ["moe-run", program, "--entry=moe_layer", f"--device=sim:{chip}", *inputs, "--out", f"out={prefix}.npy"]
            if subprocess.run(run).returncode:
                sys.exit("moe-run failed")
            expected = np.load(f"{prefix}.npy")
            result = np.fromfile(f"{prefix}.bin", np.uint16).reshape(expected.shape)
            if not np.array_equal(result, expected):
                sys.exit(f"{chip}: {np.count_nonzero(result != expected)} of {result.size} elements differ")

    def expect(text, chip, *options):
        refused = call(chip, *inputs, *options)
        if refused.returncode == 0 or text not in refused.stdout:
            sys.exit(f"expected '{text}', got: {refused.stdout}{refused.stderr}")

    expect("it is gfx90a, and 'moe_layer.tile' was compiled for gfx942, gfx950", other)
    expect("'moe_layer_moe_layer' requires H % 8 == 0, but H is 63\nhelp: H = 64 would do", "gfx942", "H=63")
    expect("expected axis 0 of array 'hidden' to have an extent of 0 or more, got -1", "gfx942", "T=-1")
    needed = workspace_bytes(*shape, block=128)
    expect(f"'moe_layer_moe_layer' needs {needed} bytes of workspace, got 100", "gfx942", "--workspace=100")


if __name__ == "__main__":
    main()
