#!/usr/bin/env python3
"""Compiles mutants of the example kernels; none may crash or hang.

Every mutant must be accepted (status 0) or refused (status 1) within the time
limit, without a stack dump, an internal error or output after a refusal. The
mutations are seeded, so that a failing one can be made again.

    mutants.py --count=10000 --seed=1 EXAMPLES_FOLDER
"""

import argparse
import concurrent.futures
import glob
import os
import random
import subprocess
import sys
import tempfile

TOKENS = ["(", ")", "[", "]", "{", "}", "<", ">", ",", ";", ":", "=", "==", "+", "-", "*", "/", "%", "..",
          "let", "var", "for", "in", "if", "else", "while", "return", "kernel", "entry", "fn", "where", "grid",
          "launch", "array", "out", "None", "true", "range", "load", "mma", "cast", "zeros", "sum", "reshape",
          "workspace", "f16", "bf16", "i32", "0", "1", "-1", "3", "64", "999999999999999999999", "1e999", "\"", "//"]


def mutate(text, rng):
    """A few random edits: bytes, tokens, whole lines."""
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(8)
        position = rng.randrange(len(text) + 1)
        if kind == 0:  # delete a piece
            text = text[:position] + text[position + rng.randint(1, 12):]
        elif kind == 1:  # insert a token
            text = text[:position] + rng.choice(TOKENS) + text[position:]
        elif kind == 2:  # replace a character
            text = text[:position] + chr(rng.choice([rng.randrange(32, 127), rng.randrange(0, 256)])) + text[position + 1:]
        elif kind == 3:  # duplicate a piece
            piece = text[position:position + rng.randint(1, 80)]
            text = text[:position] + piece * rng.randint(2, 4) + text[position:]
        else:
            words = text.split(" ")
            first, second = rng.randrange(len(words)), rng.randrange(len(words))
            if kind == 4:  # exchange two words
                words[first], words[second] = words[second], words[first]
            elif kind == 5:  # overwrite a word with another
                words[first] = words[second]
            elif kind == 6:  # overwrite a word with a token
                words[first] = rng.choice(TOKENS)
            else:  # drop the rest
                words = words[:max(1, second)]
            text = " ".join(words)
    return text


def run_one(number, seed, sources, folder, limit):
    """The complaint about mutant `number`, or None."""
    rng = random.Random(seed * 1000003 + number)
    path = rng.choice(sources)
    with open(path, encoding="latin-1") as file:
        text = mutate(file.read(), rng)
    # Beside copies of the others, so that imports are found.
    mutant = os.path.join(folder, f"mutant-{number}.tile")
    with open(mutant, "w", encoding="latin-1") as file:
        file.write(text)
    out = mutant + ".out"
    command = ["moe-opt", mutant, "--target=gfx942", f"--emit={rng.choice(['ast', 'tile', 'tile', 'layout', 'hsaco'])}",
               "-o", out]
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit, errors="replace")
        bad = None
        if done.returncode not in (0, 1):
            bad = f"exit status {done.returncode}"
        elif "Stack dump" in done.stderr or "internal compiler error" in done.stderr:
            bad = "an internal error"
        elif done.returncode == 1 and os.path.exists(out):
            bad = "output after an error"
        elif done.returncode == 1 and "error:" not in done.stderr:
            bad = "a refusal without a message"
        detail = done.stderr[:600]
    except subprocess.TimeoutExpired:
        bad, detail = f"no end within {limit} s", ""
    if os.path.exists(out):
        os.remove(out)
    if bad:
        return f"mutant {number} of {os.path.basename(path)}: {bad}\n  {' '.join(command)}\n{detail}", mutant
    os.remove(mutant)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=30, help="seconds for one mutant")
    parser.add_argument("--keep", help="folder for failing mutants")
    arguments = parser.parse_args()
    sources = sorted(glob.glob(os.path.join(arguments.folder, "*.tile")))
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            with open(source) as file, open(os.path.join(folder, os.path.basename(source)), "w") as copy:
                copy.write(file.read())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(run_one, number, arguments.seed, sources, folder, arguments.limit)
                    for number in range(arguments.count)]
            for job in jobs:
                if job.result():
                    complaint, path = job.result()
                    complaints.append(complaint)
                    print(complaint, flush=True)
                    if arguments.keep:
                        os.makedirs(arguments.keep, exist_ok=True)
                        os.replace(path, os.path.join(arguments.keep, os.path.basename(path)))
    print(f"{arguments.count} mutants, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
