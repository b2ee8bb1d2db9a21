#!/usr/bin/env python3
"""Runs topk_gating against NumPy.

    topk_gating.py FOLDER [--type=bf16] [--mode=0] [--device=...] [--ties] [--sweep=N] T,E,K...

The reference sorts: stably, by descending logit (or count, with bias), so that
of equal ones the lower expert comes first. Ids must be exact, weights within
1e-5 of the greatest. --ties: logits with many equal ones. --sweep: N
more shapes, at random.
"""

import argparse
import os
import sys

import numpy as np

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from kernels import check, decoded, encoded, run

GROUPS, KEPT, SCALE = 8, 4, 2.5


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def choose(counts, k):
    """The places of the k greatest counts of each row, in order."""
    return np.argsort(-counts, axis=1, kind="stable")[:, :k]


def grouped(x, bias, k, groups, kept):
    tokens, experts = x.shape
    counts = (sigmoid(x).astype(np.float32) + bias).astype(np.float32)
    by_group = counts.reshape(tokens, groups, -1)
    two_best = -np.sort(-by_group, axis=2)[:, :, :2].sum(2, dtype=np.float32)
    masked = np.full_like(by_group, -np.inf)
    for token, best in enumerate(choose(two_best, kept)):
        masked[token, best] = by_group[token, best]
    return choose(masked.reshape(tokens, experts), k)


def reference(x, bias, mode, k, renorm, groups, kept):
    x = x.astype(np.float64)
    ids = grouped(x, bias, k, groups, kept) if mode == 3 else choose(x, k)
    chosen = np.take_along_axis(x, ids, 1)
    greatest = x.max(1, keepdims=True)
    if mode >= 2:
        weights = sigmoid(chosen)
    else:
        among = x if mode == 0 else chosen
        weights = np.exp(chosen - greatest) / np.exp(among - greatest).sum(1, keepdims=True)
    if renorm:
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-20)
    return weights * (SCALE if mode == 3 else 1), ids


def test(options, device, renorm, tokens, experts, k):
    rng = np.random.default_rng(tokens * 10007 + experts * 17 + k)
    if options.ties:
        x = rng.integers(-2, 3, (tokens, experts)).astype(np.float32)
    else:
        # Distinct in every type, far enough apart for sigmoids with a bias to differ.
        x = (rng.permuted(np.tile(np.arange(experts), (tokens, 1)), axis=1) - experts / 2) / 64
    logits = encoded(x, options.type)
    # Counts that come from biases are far apart; others may be close in a sweep.
    bias = (rng.permutation(experts) * (2 if options.sweep else 1 / (4 * experts))).astype(np.float32)
    groups = min(GROUPS, experts)
    kept = min(KEPT, groups)
    inputs, extra = {"logits": logits}, []
    defines = [f"Ty={options.type}", f"K={k}", f"MODE={options.mode}", f"RENORM={str(renorm).lower()}"]
    if options.mode == 3:
        inputs["bias"] = bias
        defines += [f"GROUPS={groups}", f"KEPT={kept}"]
        extra = [f"--set=scale={SCALE}"]
    weights, ids = run(f"{options.folder}/topk_gating.tile", "--entry=topk_gating", device, defines, inputs,
                       ["topk_weights", "topk_ids"], extra)
    x = decoded(logits, options.type).astype(np.float32)
    right, right_ids = reference(x, bias, options.mode, k, renorm, groups, kept)
    what = f"{device} {options.type} mode {options.mode} {tokens}x{experts} k {k} renorm {renorm}"
    check(f"{what}: ids", np.array_equal(ids, right_ids))
    error = np.abs(weights - right).max() / np.abs(right).max()
    check(f"{what}: weights, error {error}", error < 1e-5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--type", default="bf16")
    parser.add_argument("--mode", type=int, default=0)
    parser.add_argument("--ties", action="store_true")
    parser.add_argument("--device", default="interp,sim:gfx942")
    parser.add_argument("--sweep", type=int, default=0)
    parser.add_argument("shapes", nargs="*")
    options = parser.parse_intermixed_args()
    shapes = [tuple(map(int, shape.split(","))) for shape in options.shapes]
    rng = np.random.default_rng(options.mode)
    for _ in range(options.sweep):
        experts = int(rng.integers(2, 1025)) if options.mode < 3 else 8 * int(rng.integers(1, 129))
        shapes.append((int(rng.integers(1, 70)), experts, int(rng.integers(1, min(16, experts // 2) + 1))))
    for number, shape in enumerate(shapes):
        for device in options.device.split(","):
            test(options, device, number % 2 == 0, *shape)


if __name__ == "__main__":
    main()
