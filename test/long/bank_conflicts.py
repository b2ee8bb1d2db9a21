#!/usr/bin/env python3
"""Counts the bank conflicts of matrix kernels in all tile shapes that fit.

    bank_conflicts.py KERNELS

Runs gated_gemm.tile and grouped_gemm.tile on every simulated chip and lists
what waits for banks. Steps of 16 over k are left out: their rows of 32 bytes
are read in pieces of 8, which no order of 16-byte writes serves without
conflicts, and the compiler says so in a remark.
"""

import itertools
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "execution"))
from grouped_gemm import align

CHIPS = ["gfx90a", "gfx942", "gfx950", "gfx1100", "gfx1201"]
ROWS = [16, 32, 64, 128]
# Columns, depth, waves, further parameters.
SHAPES = {
    "gated_gemm": [(64, 64, 4, []), (32, 32, 4, []), (32, 128, 4, []), (128, 64, 4, []), (64, 64, 2, []), (64, 64, 8, []),
                   (64, 64, 4, ["INTERLEAVED=true"]), (32, 32, 4, ["INTERLEAVED=true"]), (64, 64, 8, ["INTERLEAVED=true"]),
                   (64, 64, 4, ["SHUFFLED=true"]), (64, 64, 4, ["SHUFFLED=true", "INTERLEAVED=true"])],
    "grouped_gemm": [(128, 64, 4, []), (64, 32, 4, []), (128, 128, 4, []), (256, 64, 8, []), (64, 64, 2, []),
                     (128, 64, 4, ["STAGES=1"]), (128, 64, 4, ["STAGES=3"]), (128, 64, 4, ["SHUFFLED=true"])],
}
REFUSED = ("bytes of LDS, but", "registers a lane here, but")
TOKENS, K, EXPERTS, N, REPLICAS = 37, 192, 3, 128, 2


def write_inputs(folder):
    rng = np.random.default_rng(0)
    experts = rng.integers(0, EXPERTS, TOKENS * REPLICAS).astype(np.int32)
    np.save(f"{folder}/a.npy", rng.integers(-3, 3, (TOKENS, K)).astype(np.float16))
    np.save(f"{folder}/w.npy", rng.integers(-3, 3, (EXPERTS, 2 * N, K)).astype(np.float16))
    np.save(f"{folder}/weights.npy", np.ones(TOKENS * REPLICAS, np.float32))
    for rows in ROWS:
        slots, table = align(experts, EXPERTS, rows)
        np.save(f"{folder}/slots{rows}.npy", slots)
        np.save(f"{folder}/experts{rows}.npy", table)
        np.save(f"{folder}/padded{rows}.npy", np.array([slots.size], np.int32))


def run(kernels, folder, kernel, chip, rows, shape):
    """None without a conflict, "refused", or what happened."""
    columns, depth, waves, more = shape
    gated = kernel == "gated_gemm"
    command = ["moe-run", f"{kernels}/{kernel}.tile", f"--kernel={kernel}", f"--device=sim:{chip}", "--stats",
               f"--set=replicas={REPLICAS}", "--in", f"a={folder}/a.npy", "--in", f"{'w' if gated else 'b'}={folder}/w.npy"]
    for name in ("slots", "experts", "padded"):
        command += ["--in", f"{name}={folder}/{name}{rows}.npy"]
    command += [f"--extent=I={N}", f"--extent=S={TOKENS * REPLICAS}"] if gated else ["--in", f"weights={folder}/weights.npy"]
    defines = ["Ty=f16", f"BM={rows}", f"BN={columns}", f"BK={depth}", f"WAVES={waves}", *more]
    for define in defines:
        command += ["-D", define]
    done = subprocess.run(command, capture_output=True, text=True)
    output = done.stdout + done.stderr
    if done.returncode != 0 and any(text in output for text in REFUSED):
        return "refused"
    counted = re.search(r"LDS: \d+ accesses, (\d+) cycles of bank conflicts", output)
    if done.returncode == 0 and counted and counted.group(1) == "0":
        return None
    return f"{kernel} on {chip}, {' '.join(defines)}: {counted.group(0) if counted else output}\n"


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        write_inputs(folder)
        cases = [(kernel, chip, rows, shape) for kernel, shapes in SHAPES.items()
                 for chip, rows, shape in itertools.product(CHIPS, ROWS, shapes)]
        results = list(pool.map(lambda case: run(sys.argv[1], folder, *case), cases))
    refused = results.count("refused")
    conflicts = [result for result in results if result and result != "refused"]
    print("".join(conflicts), end="")
    print(f"{len(results) - refused - len(conflicts)} without conflicts, {len(conflicts)} with, {refused} refused")


if __name__ == "__main__":
    main()
