#!/usr/bin/env python3
"""Runs grouped GEMMs of random shapes and knobs; interpreter and chips agree.

    grouped_gemms.py FIRST LAST KERNEL.tile

Each number is the seed of one configuration. What a chip has no room for is
drawn again, so that every number is a run.
"""

import os
import random
import subprocess
import sys

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "execution", "grouped_gemm.py")
REFUSED = ("bytes of LDS, but", "registers a lane here, but")


def draw(rng):
    define = {
        "BN": rng.choice([16, 32, 64, 128, 256]),
        "BK": rng.choice([16, 32, 64, 128]),
        "WAVES": rng.choice([1, 2, 4, 8]),
        "STAGES": rng.choice([0, 1, 2, 3, 4]),
        "SCHED": rng.choice([0, 0, 0, 1, 2, 3, 4, 5]),
        "GROUP": rng.choice([1, 3, 8]),
        "XCD": rng.choice(["false", "true"]),
        "DMA": rng.choice([0, 0, 1, 2]),
    }
    command = [sys.executable, RUNNER, f"--bm={rng.choice([16, 32, 64, 128, 256])}",
               f"--type={rng.choice(['bf16', 'f16'])}",
               f"--device=interp,sim:{rng.choice(['gfx90a', 'gfx942', 'gfx950'])}",
               f"--tokens={rng.randint(1, 70)}", f"--n={rng.randint(1, 150)}",
               f"--k={8 * rng.randint(0, 50)}", f"--replicas={rng.choice([1, 2, 4])}"]
    command += [f"--define={name}={value}" for name, value in define.items()]
    command.append(f"--split={rng.choice([1, 1, 1, 2, 3, 8])}")
    if rng.random() < 0.3:  # Shuffled rows come in blocks of 16.
        command += ["--shuffled", f"--n={16 * rng.randint(1, 9)}"]
    return command + (["--weighted"] if rng.random() < 0.3 else [])


def main():
    first, last, kernel = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    agree = fail = refused = 0
    for seed in range(first, last):
        rng = random.Random(seed)
        while True:
            command = draw(rng) + [f"--file={kernel}"]
            run = subprocess.run(command, capture_output=True, text=True)
            output = run.stdout + run.stderr
            if run.returncode == 0 or not any(text in output for text in REFUSED):
                break
            refused += 1
        if run.returncode == 0:
            agree += 1
        else:
            fail += 1
            print(f"seed {seed}: {' '.join(command[1:])}\n{output}")
    print(f"{agree} agree, {fail} fail, {refused} refused")


if __name__ == "__main__":
    main()
