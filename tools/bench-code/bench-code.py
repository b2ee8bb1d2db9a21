#!/usr/bin/env python3
"""Prints what the inner loops of kernels cost, by chip, from their assembly.

    bench-code.py [--build=build] [--check] [CHIP KERNEL.tile [NAME=VALUE...]]

Without a kernel, the grouped GEMM in the shapes that are tuned. The loop is the
first one of a single block that holds matrix instructions: the steady part.
Instructions count up to and including the branch back. Address work is what
neither moves data, multiplies, converts nor waits. The share is the matrix
instructions' passes over the cycles that llvm-mca models for one wave: no
memory, no other waves, so it compares schedules and predicts no speed.
--check fails when a figure is worse than the bound next to it.
"""

import argparse
import os
import re
import subprocess
import sys

# Issue cycles over four, by m x n x k (AMD's ISA guides; MI200 takes twice as
# long as MI300).
PASSES = {"32x32x8": 8, "32x32x16": 8, "16x16x16": 4, "16x16x32": 4}
NOT_ADDRESS = re.compile(r"v_(mfma|wmma|cvt|accvgpr|perm)|s_(waitcnt|barrier|nop|c?branch|setprio)")

# Chip, parameters, bounds: registers, instructions, share in percent.
TUNED = [
    ("gfx90a", {}, None),
    ("gfx942", {}, (160, 88, 79)),
    ("gfx942", {"BM": 256, "BN": 256, "WAVES": 8}, (256, 133, 88)),
    ("gfx942", {"BM": 16, "BK": 128}, None),
    ("gfx950", {}, (180, 150, 68)),
    ("gfx950", {"STAGES": 3}, (180, 225, 68)),
    ("gfx950", {"BM": 256, "BN": 256, "WAVES": 8}, (214, 198, 81)),
    ("gfx950", {"BM": 256, "BN": 256, "WAVES": 8, "SCHED": 6}, None),
    ("gfx942", {"BM": 256, "BN": 256, "WAVES": 8, "SCHED": 7}, None),
    ("gfx950", {"BM": 256, "BN": 256, "WAVES": 8, "SCHED": 7}, None),
    ("gfx950", {"BM": 16, "BK": 128}, None),
    ("gfx942", {"BM": 16, "BK": 128, "SHUFFLED": "true"}, (160, 140, 60)),
    ("gfx950", {"BM": 16, "BK": 128, "SHUFFLED": "true"}, (160, 112, 40)),
]
# The first product of a gated layer, with its activation.
GATED = [("gfx942", {}), ("gfx942", {"INTERLEAVED": "true"}), ("gfx950", {}), ("gfx950", {"INTERLEAVED": "true"})]


def find_loop(assembly):
    """The instructions of the first one-block loop with matrix instructions."""
    block, label = [], None
    for line in assembly.splitlines():
        found = re.match(r"(\.LBB\w+):", line)
        text = line.split(";")[0].strip()
        if found:
            block, label = [], found.group(1)
        elif text and not text.startswith(".") and not text.endswith(":"):
            block.append(text)
            back = re.match(r"s_cbranch\w*\s+(\S+)", text)
            if back and back.group(1) == label and any("mfma" in i or "wmma" in i for i in block):
                return block
    return None


def model_cycles(loop, chip):
    code = "\n".join(i for i in loop if not re.match(r"s_c?branch", i)) + "\n"
    run = subprocess.run(
        ["llvm-mca-22", "-mtriple=amdgcn-amd-amdhsa", f"-mcpu={chip}", "-iterations=10"],
        input=code, capture_output=True, text=True, check=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", run.stdout).group(1)) / 10


def measure(compiler, kernel, chip, parameters):
    command = [compiler, kernel, f"--target={chip}", "--emit=asm", "-o", "-"]
    command += [f"-D{name}={value}" for name, value in parameters.items()]
    assembly = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def metadata(key):
        return int(re.search(rf"\.{key}:\s+(\d+)", assembly).group(1))

    loop = find_loop(assembly)
    if loop is None:
        raise SystemExit(f"bench-code: no loop with matrix instructions in {kernel} for {chip}")
    products = [re.search(r"\d+x\d+x\d+", i).group(0) for i in loop if "mfma" in i or "wmma" in i]
    passes = sum(PASSES.get(shape, 0) for shape in products) * (2 if chip == "gfx90a" else 1)
    address = [i for i in loop if i[:2] in ("v_", "s_") and not NOT_ADDRESS.match(i)]
    return {
        "vgprs": metadata("vgpr_count"), "spills": metadata("vgpr_spill_count"),
        "lds": metadata("group_segment_fixed_size"), "instructions": len(loop),
        "products": len(products), "address": 100 * len(address) / len(loop),
        # Every copy to LDS sets m0.
        "address_limit": 25 if any(i.endswith(" lds") for i in loop) else 10,
        "share": 100 * passes / model_cycles(loop, chip),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("what", nargs="*", metavar="CHIP KERNEL NAME=VALUE")
    arguments = parser.parse_args()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    kernels = os.path.join(root, "examples", "kernels")
    rows = [(os.path.join(kernels, "grouped_gemm.tile"), *row) for row in TUNED]
    rows += [(os.path.join(kernels, "gated_gemm.tile"), *row, None) for row in GATED]
    if arguments.what:
        chip, kernel, *parameters = arguments.what
        rows = [(kernel, chip, dict(p.split("=", 1) for p in parameters), None)]
    compiler = os.path.join(arguments.build, "bin", "moe-opt")
    failed = False
    for kernel, chip, parameters, bounds in rows:
        m = measure(compiler, kernel, chip, parameters)
        name = " ".join(f"{key}={value}" for key, value in parameters.items()) or "defaults"
        gated = "gated " if kernel.endswith("gated_gemm.tile") else ""
        line = (f"{chip} {gated}{name}: {m['vgprs']} VGPRs, {m['spills']} spills, {m['lds']} bytes of LDS; "
                f"loop {m['instructions']} instructions per {m['products']} products, "
                f"{m['address']:.0f} % address work, modelled share {m['share']:.1f} %")
        if bounds:
            registers, instructions, share = bounds
            line += f" (bounds: {registers}, {instructions}, {share} %)"
            failed |= m["vgprs"] > registers or m["instructions"] > instructions
            failed |= m["address"] > m["address_limit"]
            failed |= m["share"] < share or m["spills"] > 0
        print(line)
    if arguments.check and failed:
        sys.exit("bench-code: a figure is worse than its bound")


if __name__ == "__main__":
    main()
