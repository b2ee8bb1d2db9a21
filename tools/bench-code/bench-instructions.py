#!/usr/bin/env python3
"""Prints how many instructions waves execute for one grouped GEMM, by chip.

    bench-instructions.py [--build=build] [CHIP...]

512 tokens, 8 experts, 2 of them for each token, N = K = 2048, bf16, tiles of
128x128x64 and 4 waves, on the simulator. The tokens go to random experts, the
same in every run. Blocks of an expert are rounded up, so that figures compare
only with those for as many blocks.
"""

import argparse
import os
import re
import subprocess
import tempfile

import numpy as np

CHIPS = ["gfx90a", "gfx942", "gfx950", "gfx1100", "gfx1201"]
TOKENS, EXPERTS, CHOICES, N, K, BM = 512, 8, 2, 2048, 2048, 128


def route(rng):
    """Slots by expert in blocks of BM, the filler behind all slots."""
    expert_of_slot = np.concatenate(
        [rng.permutation(EXPERTS)[:CHOICES] for _ in range(TOKENS)])
    slots, experts = [], []
    for expert in range(EXPERTS):
        mine = np.flatnonzero(expert_of_slot == expert)
        blocks = -(-mine.size // BM)
        filler = np.full(blocks * BM - mine.size, expert_of_slot.size)
        slots.append(np.concatenate([mine, filler]))
        experts += [expert] * blocks
    return np.concatenate(slots).astype(np.int32), np.array(experts, np.int32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("chips", nargs="*", metavar="CHIP", default=CHIPS)
    arguments = parser.parse_args()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    slots, experts = route(np.random.default_rng(0))
    # 1.0 and zeros as bf16: the values change no count.
    arrays = {
        "a": np.full((TOKENS, K), 0x3F80, np.uint16),
        "b": np.zeros((EXPERTS, N, K), np.uint16),
        "weights": np.ones(TOKENS * CHOICES, np.float32),
        "slots": slots, "experts": experts, "padded": np.array([slots.size], np.int32),
    }
    with tempfile.TemporaryDirectory() as folder:
        command = [os.path.join(arguments.build, "bin", "moe-run"),
                   os.path.join(root, "examples", "kernels", "grouped_gemm.tile"),
                   "--kernel=grouped_gemm", f"--set=replicas={CHOICES}", "--stats",
                   f"--out=c={folder}/c.npy"]
        for name, array in arrays.items():
            np.save(f"{folder}/{name}.npy", array)
            command.append(f"--in={name}={folder}/{name}.npy")
        for chip in arguments.chips:
            run = subprocess.run(command + [f"--device=sim:{chip}"], text=True, check=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            count = int(re.search(r"instructions: (\d+)", run.stdout).group(1))
            threads = re.search(r"(\d+) workgroups of (\d+) threads", run.stdout)
            waves = int(threads.group(1)) * int(threads.group(2)) // (
                32 if chip.startswith("gfx1") else 64)
            print(f"{chip}: {count / 1e6:.2f} million instructions of waves, "
                  f"{count / waves:.0f} for each of {waves} waves, {experts.size} blocks")


if __name__ == "__main__":
    main()
