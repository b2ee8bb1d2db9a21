#!/usr/bin/env python3
"""Runs grouped GEMMs of random shapes and knobs; interpreter and chips agree.

    grouped_gemms.py FIRST LAST KERNEL.tile

Each number is the seed of one configuration. What a chip has no room for is
drawn again, so that every number is a run. As many run at once as there are
processors.
"""

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "execution", "grouped_gemm.py")
CHIPS = ["gfx90a", "gfx942", "gfx950", "gfx1100", "gfx1201"]
REFUSED = ("bytes of LDS, but", "registers a lane here, but",
           "needs two waves on each", "needs tiles that are loaded ahead",
           "loads nothing straight to LDS")


def draw(rng):
    define = {
        "BN": rng.choice([16, 32, 64, 128, 256]),
        "BK": rng.choice([16, 32, 64, 128]),
        "WAVES": rng.choice([1, 2, 4, 8]),
        "STAGES": rng.choice([0, 1, 2, 3, 4]),
        "SCHED": rng.choice([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]),
        "GROUP": rng.choice([1, 3, 8]),
        "XCD": rng.choice(["false", "true"]),
        "DMA": rng.choice([0, 0, 1, 2]),
    }
    command = [sys.executable, RUNNER, f"--bm={rng.choice([16, 32, 64, 128, 256])}",
               f"--type={rng.choice(['bf16', 'f16'])}",
               f"--device=sim:{rng.choice(CHIPS)},interp",
               f"--tokens={rng.randint(1, 70)}", f"--n={rng.randint(1, 150)}",
               f"--k={8 * rng.randint(0, 50)}", f"--replicas={rng.choice([1, 2, 4])}"]
    command += [f"--define={name}={value}" for name, value in define.items()]
    command.append(f"--split={rng.choice([1, 1, 1, 2, 3, 8])}")
    if rng.random() < 0.3:  # Shuffled rows come in blocks of 16.
        command += ["--shuffled", f"--n={16 * rng.randint(1, 9)}"]
    return command + (["--weighted"] if rng.random() < 0.3 else [])


def run(seed, kernel):
    """Runs one configuration; what went wrong, or None, and how many were refused."""
    rng = random.Random(seed)
    refused = 0
    while True:
        command = draw(rng) + [f"--file={kernel}"]
        done = subprocess.run(command, capture_output=True, text=True)
        output = done.stdout + done.stderr
        if done.returncode == 0:
            return None, refused
        if not any(text in output for text in REFUSED):
            return f"seed {seed}: {' '.join(command[1:])}\n{output}", refused
        refused += 1


def main():
    first, last, kernel = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda seed: run(seed, kernel), range(first, last)))
    failures = [failure for failure, _ in results if failure]
    print("".join(failures), end="")
    print(f"{len(results) - len(failures)} agree, {len(failures)} fail, "
          f"{sum(refused for _, refused in results)} refused")


if __name__ == "__main__":
    main()
