#!/usr/bin/env python3
"""Runs moe_gating_sorting: its choice must be topk_gating's, its weights too within rounding,
and its lists what sorting them in Python gives, bit by bit.

    gating_sorting.py FOLDER [--device=...] [--mode=0] T,E,K,UNIT...
"""

import argparse
import os
import sys

import numpy as np

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from kernels import check, encoded, run


def sorted_lists(ids, weights, experts, unit):
    """Rows of (packed slot, weight), and the expert of each block."""
    tokens, k = ids.shape
    rows, blocks = [], []
    for expert in range(experts):
        mine = [(slot << 24 | token, weights[token, slot])
                for token in range(tokens) for slot in range(k) if ids[token, slot] == expert]
        while len(mine) % unit:
            mine.append((k << 24 | tokens, 0))
        blocks += [expert] * (len(mine) // unit)
        rows += mine
    return rows, blocks


def test(options, device, tokens, experts, k, unit):
    what = f"{device}: {tokens},{experts},{k},{unit}"
    rng = np.random.default_rng(tokens + experts * 31)
    inputs = {"logits": encoded(rng.standard_normal((tokens, experts)).astype(np.float32), "bf16")}
    defines = [f"K={k}", f"MODE={options.mode}"]
    chosen = run(f"{options.folder}/topk_gating.tile", "--entry=topk_gating", device, defines, inputs,
                 ["topk_weights", "topk_ids"])
    names = ["topk_weights", "topk_ids", "sorted_ids", "sorted_weights", "sorted_expert_ids", "num_valid_ids"]
    result = dict(zip(names, run(f"{options.folder}/moe_gating_sorting.tile", "--entry=moe_gating_sorting",
                                 device, defines + [f"UNIT={unit}"], inputs, names)))
    check(what, np.array_equal(result["topk_ids"], chosen[1]))
    check(what, np.allclose(result["topk_weights"], chosen[0], rtol=1e-6, atol=0))
    rows, blocks = sorted_lists(result["topk_ids"], result["topk_weights"], experts, unit)
    check(what, list(result["num_valid_ids"]) == [len(rows), tokens])
    check(what, list(zip(result["sorted_ids"], result["sorted_weights"]))[:len(rows)] == rows)
    check(what, list(result["sorted_expert_ids"][:len(blocks)]) == blocks)
    print(f"{what}: right")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--device", default="interp,sim:gfx942")
    parser.add_argument("--mode", type=int, default=0)
    parser.add_argument("shapes", nargs="+")
    options = parser.parse_args()
    for shape in options.shapes:
        for device in options.device.split(","):
            test(options, device, *map(int, shape.split(",")))


if __name__ == "__main__":
    main()
