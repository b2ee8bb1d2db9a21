#!/usr/bin/env python3
"""Runs examples/kernels/moe_layer.tile on one device and checks the result.

The reference is an expert-by-expert f32 computation in NumPy that shares
nothing with the compiler, the interpreter or the simulator. Ends with status 1
when the norm-wise error exceeds the bound.

    moe_layer.py --moe-run=build/bin/moe-run --device=sim:gfx942 --shape=48,512,64,1024,8 --type=f16
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
LAYER = os.path.join(HERE, "..", "kernels", "moe_layer.tile")
BOUNDS = {"f16": 1e-2, "bf16": 2e-2}


def to_bf16_bits(values):
    """Rounds f32 to the nearest bf16, ties to even, and returns the bits."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16_bits(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def stored(values, kind):
    """The array as moe-run reads it: f16, or the bits of bf16."""
    return values.astype(np.float16) if kind == "f16" else to_bf16_bits(values)


def decoded(array, kind):
    return array.astype(np.float32) if kind == "f16" else from_bf16_bits(array)


def make_inputs(tokens, hidden, experts, inter, topk, kind, seed):
    """Random tokens and weights; every token goes to `topk` different experts."""
    rng = np.random.default_rng(seed)
    ids = np.argsort(rng.random((tokens, experts)), axis=1)[:, :topk]
    scores = np.exp(rng.random((tokens, topk), dtype=np.float32))
    return {
        "hidden": stored(rng.random((tokens, hidden), dtype=np.float32) - 0.5, kind),
        "w1": stored((rng.random((experts, 2 * inter, hidden), dtype=np.float32) - 0.5) * 0.2, kind),
        "w2": stored((rng.random((experts, hidden, inter), dtype=np.float32) - 0.5) * 0.2, kind),
        "topk_ids": ids.astype(np.int32),
        "topk_weights": scores / scores.sum(axis=1, keepdims=True),
    }


def reference(inputs, kind):
    """y[t] = sum over slots of weight * (silu(x Wg) * (x Wu)) Wd, in f32."""
    x, w1, w2 = (decoded(inputs[name], kind) for name in ("hidden", "w1", "w2"))
    inter = w2.shape[2]
    result = np.zeros(x.shape, np.float32)
    for expert in range(w1.shape[0]):
        token, slot = np.nonzero(inputs["topk_ids"] == expert)
        if token.size == 0:
            continue
        both = x[token] @ w1[expert].T
        gate, up = both[:, :inter], both[:, inter:]
        row = (gate / (1 + np.exp(-gate)) * up) @ w2[expert].T
        np.add.at(result, token, row * inputs["topk_weights"][token, slot][:, None])
    return result


def run_layer(moe_run, device, inputs, kind, stats):
    """Runs the entry and returns its output, decoded."""
    with tempfile.TemporaryDirectory() as folder:
        command = [moe_run, LAYER, "--entry=moe_layer", "-D", f"Ty={kind}", f"--device={device}"]
        for name, array in inputs.items():
            path = os.path.join(folder, name + ".npy")
            np.save(path, array)
            command += ["--in", f"{name}={path}"]
        out = os.path.join(folder, "out.npy")
        command += ["--out", f"out={out}"] + (["--stats"] if stats else [])
        if subprocess.run(command).returncode != 0:
            sys.exit("moe_layer: the run failed")
        return decoded(np.load(out), kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moe-run", default=os.path.join(HERE, "..", "..", "build", "bin", "moe-run"))
    parser.add_argument("--device", default="sim:gfx942")
    parser.add_argument("--shape", default="48,512,64,1024,8",
                        help="tokens,hidden,experts,intermediate,topk")
    parser.add_argument("--type", default="f16", choices=BOUNDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stats", action="store_true")
    arguments = parser.parse_args()

    shape = [int(extent) for extent in arguments.shape.split(",")]
    inputs = make_inputs(*shape, arguments.type, arguments.seed)
    result = run_layer(arguments.moe_run, arguments.device, inputs, arguments.type, arguments.stats)
    expected = reference(inputs, arguments.type)
    error = np.linalg.norm(result - expected) / np.linalg.norm(expected)
    bound = BOUNDS[arguments.type]
    right = bool(error <= bound)  # false for NaN
    print(f"moe_layer {arguments.type} tokens={shape[0]} hidden={shape[1]} experts={shape[2]} "
          f"intermediate={shape[3]} topk={shape[4]} on {arguments.device}: "
          f"norm-wise error {error:.2e}, bound {bound:.0e}: {'right' if right else 'WRONG'}")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
