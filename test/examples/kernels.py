#!/usr/bin/env python3
"""Runs the example kernels other than grouped_gemm against NumPy.

    kernels.py FOLDER sorting|silu|reduce|gated|layer [--type=f16] [--device=...] [--define=...] SHAPE...

SHAPE is T,H,E,I,k. Integers and sums in one order must be right to the last bit;
otherwise the norm of the error is bounded.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "execution"))
from agree import decoded, encoded
from grouped_gemm import align, fragments, transposed


def run(file, what, device, defines, inputs, outputs, options=()):
    """The outputs by name; `inputs` are arrays by name."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["moe-run", file, what, f"--device={device}", *options]
        for define in defines:
            command += ["-D", define]
        for name, array in inputs.items():
            np.save(os.path.join(folder, name), array)
            command += ["--in", f"{name}={folder}/{name}.npy"]
        for name in outputs:
            command += ["--out", f"{name}={folder}/{name}.npy"]
        if subprocess.run(command).returncode != 0:
            sys.exit(f"{device}: moe-run failed")
        return [np.load(f"{folder}/{name}.npy") for name in outputs]


def check(what, is_right):
    if not is_right:
        sys.exit(f"{what}: wrong result")


def relative_error(result, expected):
    return np.linalg.norm(result - expected) / np.linalg.norm(expected)


def random_ids(rng, tokens, experts, topk):
    """Distinct experts per token; a few ids are none."""
    ids = np.stack([rng.permutation(experts)[:topk] for _ in range(tokens)]).astype(np.int32)
    ids.flat[rng.integers(ids.size, size=3)] = [-1, experts, 2**31 - 1]
    return ids


def test_sorting(options, rng, T, H, E, I, k):
    """The worked example of the layout, and what is refused with its value."""
    file = f"{options.folder}/moe_sorting.tile"
    ids = np.array([[3, 5, 0], [3, 2, 5], [0, 3, 5]], np.int32)
    weights = np.arange(1, 10, dtype=np.float32).reshape(3, 3)
    names = ["sorted_ids", "sorted_weights", "sorted_expert_ids", "num_valid_ids", "moe_buf"]
    inputs = {"topk_ids": ids, "topk_weights": weights}
    for path in (0, 1, 2):
        got = run(file, "--entry=moe_sorting", options.device, ["UNIT=4", f"PATH={path}"], inputs, names,
                  ["--set=num_experts=6", "--extent=D=16"])
        pad = 3 << 24 | 3
        slots = [2 << 24, 2, pad, pad, 1 << 24 | 1, pad, pad, pad, 0, 1, 1 << 24 | 2, pad,
                 1 << 24, 2 << 24 | 1, 2 << 24 | 2, pad]
        check("ids", got[0][:16].tolist() == slots)
        check("weights", got[1][:16].tolist() == [3, 7, 0, 0, 5, 0, 0, 0, 1, 4, 8, 0, 2, 6, 9, 0])
        check("experts", got[2][:4].tolist() == [0, 2, 3, 5])
        check("rows", got[3].tolist() == [16, 3])
        check("buffer", not got[4].any())
    for experts, text in ((2, "requires k <= num_experts, but num_experts is 2, k is 3"),
                          (1025, "requires num_experts <= 1024, but num_experts is 1025")):
        with tempfile.TemporaryDirectory() as folder:
            command = ["moe-run", file, "--entry=moe_sorting", f"--device={options.device}",
                       f"--set=num_experts={experts}", "--extent=D=16"]
            for name, array in inputs.items():
                np.save(f"{folder}/{name}.npy", array)
                command += ["--in", f"{name}={folder}/{name}.npy"]
            result = subprocess.run(command, capture_output=True, text=True)
            check(result.stderr, result.returncode == 1 and text in result.stderr)


def test_silu(options, rng, T, H, E, I, k):
    gate, up = (encoded(rng.normal(0, 2, (T, I)), options.type) for _ in range(2))
    [got] = run(f"{options.folder}/silu_and_mul.tile", "--kernel=silu_and_mul", options.device,
                [f"Ty={options.type}"], {"gate": gate, "up": up}, ["out"])
    g, u = (decoded(x, options.type).astype(np.float64) for x in (gate, up))
    error = relative_error(decoded(got, options.type), g / (1 + np.exp(-g)) * u)
    check(f"error {error}", error < (4e-3 if options.type == "bf16" else 5e-4))


def test_reduce(options, rng, T, H, E, I, k):
    x = encoded(rng.normal(0, 1, (T, k, H)), options.type)
    [got] = run(f"{options.folder}/topk_reduce.tile", "--kernel=topk_reduce", options.device,
                [f"Ty={options.type}"], {"x": x}, ["out"])
    total = np.zeros((T, H), np.float32)
    for j in range(k):
        total += decoded(x, options.type)[:, j].astype(np.float32)
    check("sum", np.array_equal(got, encoded(total, options.type)))


def stored(weights, defines):
    """Weights in the order in memory that the defines ask for."""
    if "SHUFFLED=true" in defines:
        return fragments(weights)
    return transposed(weights) if "TRANSPOSED=true" in defines else weights


def arranged(weights, defines):
    """Rows of gate, then rows of up, as the defines ask for them."""
    if "INTERLEAVED=true" in defines:
        weights = np.stack(np.split(weights, 2, axis=1), axis=2).reshape(weights.shape)
    return stored(weights, defines)


def test_gated(options, rng, T, H, E, I, k):
    """The first product with its activation; slots without an expert stay as they are."""
    ids = random_ids(rng, T, E, k).ravel()
    ids[(ids < 0) | (ids >= E)] = -1
    bm = next((int(define[3:]) for define in options.define if define.startswith("BM=")), 128)
    slots, table = align(ids, E, bm)
    uniform = lambda *shape: encoded(rng.random(shape, np.float32) - 0.5, options.type)
    a, w = uniform(T, H), uniform(E, 2 * I, H)
    [got] = run(f"{options.folder}/gated_gemm.tile", "--kernel=gated_gemm", options.device,
                [f"Ty={options.type}", *options.define],
                {"a": a, "w": arranged(w, options.define), "slots": slots, "experts": table,
                 "padded": np.array([slots.size], np.int32)}, ["out"],
                [f"--set=replicas={k}", f"--extent=I={I}", f"--extent=S={T * k}"])
    got = decoded(got, options.type).astype(np.float64)
    check("slots without an expert", np.isnan(got[ids < 0]).all())
    x, w = (decoded(array, options.type).astype(np.float64) for array in (a, w))
    expected = np.array([w[expert] @ x[slot // k] for slot, expert in enumerate(ids) if expert >= 0])
    gate, up = np.split(expected, 2, axis=1)
    error = relative_error(got[ids >= 0], gate / (1 + np.exp(-gate)) * up)
    check(f"error {error}", error < (4e-3 if options.type == "bf16" else 5e-4))


def test_layer(options, rng, T, H, E, I, k):
    ids = random_ids(rng, T, E, k)
    weights = np.exp(rng.random((T, k)))
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    uniform = lambda scale, *shape: encoded((rng.random(shape, np.float32) - 0.5) * scale, options.type)
    hidden, w1, w2 = uniform(1, T, H), uniform(0.2, E, 2 * I, H), uniform(0.2, E, H, I)
    given = {"w1": arranged(w1, options.define),
             "w2": stored(w2, options.define)}
    [got] = run(f"{options.folder}/moe_layer.tile", "--entry=moe_layer", options.device,
                [f"Ty={options.type}", *options.define],
                {"hidden": hidden, "topk_ids": ids, "topk_weights": weights, **given}, ["out"])
    expected = np.zeros((T, H), np.float32)
    x, w1, w2 = (decoded(array, options.type).astype(np.float32) for array in (hidden, w1, w2))
    for t, j in np.argwhere((ids >= 0) & (ids < E)):
        gate, up = np.split(w1[ids[t, j]] @ x[t], 2)
        expected[t] += weights[t, j] * (w2[ids[t, j]] @ (gate / (1 + np.exp(-gate)) * up))
    error = relative_error(decoded(got, options.type), expected)
    check(f"error {error}", error < (2e-2 if options.type == "bf16" else 1e-2))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("test")
    parser.add_argument("--type", default="f16")
    parser.add_argument("--device", default="interp,sim:gfx942")
    parser.add_argument("--define", action="append", default=[])
    parser.add_argument("shapes", nargs="+")
    options = parser.parse_args()
    devices = options.device.split(",")
    for shape in options.shapes:
        for options.device in devices:
            globals()["test_" + options.test](options, np.random.default_rng(1), *map(int, shape.split(",")))


if __name__ == "__main__":
    main()
