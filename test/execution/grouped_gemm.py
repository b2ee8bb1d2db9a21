#!/usr/bin/env python3
"""Runs grouped_gemm.tile on exact inputs and compares every bit.

Small integers make every partial sum exact, so that the result depends on no
order of accumulation; what remains is one rounding to the element type. The
reference walks slots, not blocks, and knows nothing of alignment.

    grouped_gemm.py --device=interp,sim:gfx942 --bm=16 --replicas=4 --weighted ...
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

from agree import decoded, encoded


def fragments(weights):
    """Blocks of 16 rows by 8 columns, one element after the other."""
    experts, n, k = weights.shape
    stored = np.empty(weights.size, weights.dtype)
    e, row, column = np.indices(weights.shape)
    block = (row // 16) * (k // 8) + column // 8
    stored[e * n * k + block * 128 + row % 16 * 8 + column % 8] = weights
    return stored.reshape(weights.shape)


def transposed(weights):
    """One column after the other, under the shape that they have as rows."""
    return np.concatenate([expert.flatten("F") for expert in weights]).reshape(weights.shape)


def align(expert_of_slot, experts, bm):
    """Layout L1: slots by expert, each list padded to bm with the sentinel."""
    slots, table = [], []
    sentinel = expert_of_slot.size
    for expert in range(experts):
        mine = np.nonzero(expert_of_slot == expert)[0]
        blocks = -(-mine.size // bm)
        slots += list(mine) + [sentinel] * (blocks * bm - mine.size)
        table += [expert] * blocks
    return np.array(slots, np.int32), np.array(table, np.int32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", required=True)
    parser.add_argument("--device", default="interp,sim:gfx942")
    parser.add_argument("--type", default="bf16")
    parser.add_argument("--bm", type=int, default=128)
    parser.add_argument("--define", action="append", default=[])
    parser.add_argument("--tokens", type=int, default=37)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--experts", type=int, default=5)
    parser.add_argument("--n", type=int, default=96)
    parser.add_argument("--k", type=int, default=72)
    parser.add_argument("--weighted", action="store_true")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--transposed", action="store_true")
    parser.add_argument("--split", type=int, default=1)
    parser.add_argument("--stats", action="store_true", help="have moe-run print them")
    arguments = parser.parse_args()

    rng = np.random.default_rng(arguments.bm + arguments.n)
    total = arguments.tokens * arguments.replicas
    # Expert 1 gets nothing, and one slot belongs to no expert.
    expert_of_slot = rng.choice([e for e in range(arguments.experts) if e != 1], total)
    expert_of_slot[total // 2] = -1
    slots, table = align(expert_of_slot, arguments.experts, arguments.bm)
    padded = np.array([slots.size], np.int32)
    # Entries behind `padded` must not be read as work.
    slots = np.concatenate([slots, np.full(arguments.bm, 0, np.int32)])
    table = np.concatenate([table, np.array([0], np.int32)])

    kind = arguments.type
    small = lambda *shape: encoded(rng.integers(-2, 3, shape), kind)
    a, b = small(arguments.tokens, arguments.k), small(arguments.experts, arguments.n, arguments.k)
    weights = 2.0 ** rng.integers(-2, 3, total).astype(np.float32)
    expected = np.full((total, arguments.n), np.nan, np.float32)
    for slot, expert in enumerate(expert_of_slot):
        if expert >= 0:
            row = decoded(b[expert], kind).astype(np.float32) @ decoded(a[slot // arguments.replicas], kind).astype(np.float32)
            expected[slot] = row * (weights[slot] if arguments.weighted else 1)
    written = ~np.isnan(expected)
    expected = encoded(expected, kind)

    if arguments.shuffled:
        b = fragments(b)
        arguments.define.append("SHUFFLED=true")
    if arguments.transposed:
        b = transposed(b)
        arguments.define.append("TRANSPOSED=true")
    if arguments.split > 1:
        arguments.define.append(f"SPLIT_K={arguments.split}")
    output = "parts" if arguments.split > 1 else "c"
    arrays = {"a": a, "b": b, "weights": weights, "slots": slots, "experts": table, "padded": padded}
    with tempfile.TemporaryDirectory() as folder:
        for device in arguments.device.split(","):
            out = os.path.join(folder, "c.npy")
            command = ["moe-run", arguments.file, "--kernel=grouped_gemm", f"--device={device}",
                       "-D", f"BM={arguments.bm}", "-D", f"Ty={kind}", "--set", f"replicas={arguments.replicas}"]
            command += ["--stats"] if arguments.stats else []
            for define in arguments.define + (["WEIGHTED=true"] if arguments.weighted else []):
                command += ["-D", define]
            for name, array in arrays.items():
                path = os.path.join(folder, name + ".npy")
                np.save(path, array)
                command += ["--in", f"{name}={path}"]
            if subprocess.run(command + ["--out", f"{output}={out}"]).returncode != 0:
                sys.exit(f"{device}: moe-run failed")
            result = np.load(out)
            if arguments.split > 1:
                # Slots without an expert are NaN in every part.
                result = encoded(result.sum(0), kind)
            wrong = (result != expected) & written
            if wrong.any():
                slot, column = np.argwhere(wrong)[0]
                sys.exit(f"{device}: c[{slot}, {column}] is {decoded(result, kind)[slot, column]}, expected "
                         f"{decoded(expected, kind)[slot, column]}; {wrong.sum()} of {wrong.size} differ")
            if not np.isnan(decoded(result, kind)[~written]).all():
                sys.exit(f"{device}: a slot without an expert was written")


if __name__ == "__main__":
    main()
