#!/usr/bin/env python3
"""Runs one kernel on several devices and compares the results.

    agree.py FILE.tile --kernel=NAME --in a=f32:37x65 --out c=f32:37x65 \
        --expect 'c = a * 2' [--bound c=1e-6] [-- moe-run options...]

Inputs are random but the same in every run. `--inout` arrays are input and output. `--in NAME=TYPE:SHAPE[:KIND]`, with
KIND one of

    normal     floats around zero (the default for floats)
    special    zeros of both signs, denormals, infinities, NaN, huge and tiny
    exact      small integers, so that every sum of products is exact
    A..B       integers from A to B-1 (the default for integers is -8..8)
    bits       every bit pattern

Without a bound all devices must agree bit for bit (NaNs are alike), and with
the NumPy statements given by `--expect`, in which every input and output is an
array (bf16 as f32) and `np` is NumPy. With a bound the largest error relative
to the largest expected value must not exceed it.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

TYPES = {"bool": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64,
         "f16": np.float16, "bf16": np.uint16, "f32": np.float32, "f64": np.float64,
         "f8": np.uint8}
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 3.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40,
                    1.1754944e-38, 3.4e38, -3.4e38, 65504.0, 1e-7, 16777217.0, 0.1], np.float32)


def to_bf16(values):
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(values), np.uint16(0x7FC0), rounded)


def decoded(array, kind):
    """What the stored array means, as NumPy can compute with it."""
    return (array.astype(np.uint32) << 16).view(np.float32) if kind == "bf16" else array


def encoded(values, kind):
    if kind == "bf16":
        return to_bf16(np.asarray(values, np.float32))
    with np.errstate(all="ignore"):
        return np.asarray(values).astype(TYPES[kind])


def make_input(spec, rng):
    name, description = spec.split("=", 1)
    kind, shape, *rest = description.split(":")
    shape = [int(extent) for extent in shape.split("x")]
    is_float = kind in ("f16", "bf16", "f32", "f64")
    how = rest[0] if rest else ("normal" if is_float else "bits" if kind == "f8" else "-8..8")
    if how == "bits":
        count = int(np.prod(shape)) * np.dtype(TYPES[kind]).itemsize
        array = rng.integers(0, 256, count, np.uint8).view(TYPES[kind]).reshape(shape)
    elif how == "special":
        array = encoded(SPECIAL[rng.integers(0, SPECIAL.size, shape)], kind)
    elif how == "exact":
        array = encoded(rng.integers(-2, 3, shape), kind)
    elif how == "normal":
        array = encoded(rng.standard_normal(shape), kind)
    else:
        low, high = (int(end) for end in how.split(".."))
        array = encoded(rng.integers(low, high, shape), kind)
    return name, kind, array


def same_bits(a, b, kind):
    """Elements that are alike; any NaN is like any other."""
    if kind in ("f16", "bf16", "f32", "f64"):
        x, y = decoded(a, kind), decoded(b, kind)
        unsigned = {2: np.uint16, 4: np.uint32, 8: np.uint64}[a.dtype.itemsize]
        return (a.view(unsigned) == b.view(unsigned)) | (np.isnan(x) & np.isnan(y))
    return a == b


def check(label, name, kind, actual, expected, bound):
    if actual.shape != expected.shape:
        sys.exit(f"{label}: '{name}' has shape {actual.shape}, expected {expected.shape}")
    if bound is None:
        wrong = ~same_bits(actual, expected, kind)
    else:
        x = np.asarray(decoded(actual, kind), np.float64)
        y = np.asarray(decoded(expected, kind), np.float64)
        scale = np.max(np.abs(y[np.isfinite(y)]), initial=1e-30)
        with np.errstate(invalid="ignore"):
            near = np.abs(x - y) <= bound * scale
        wrong = ~(near | (x == y) | (np.isnan(x) & np.isnan(y)))
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        sys.exit(f"{label}: '{name}'{list(where)} is {decoded(actual, kind)[where]!r}, "
                 f"expected {decoded(expected, kind)[where]!r} "
                 f"({int(wrong.sum())} of {wrong.size} elements differ)")


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--devices", default="interp,sim:gfx90a,sim:gfx942,sim:gfx950,sim:gfx1100,sim:gfx1201")
    parser.add_argument("--in", dest="inputs", action="append", default=[])
    parser.add_argument("--inout", dest="updated", action="append", default=[])
    parser.add_argument("--out", dest="outputs", action="append", default=[])
    parser.add_argument("--expect", action="append", default=[])
    parser.add_argument("--bound", action="append", default=[])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(sys.argv[1:split])

    rng = np.random.default_rng(arguments.seed)
    inputs = [make_input(spec, rng) for spec in arguments.inputs]
    kinds, shapes = {}, {}
    for spec in arguments.outputs:
        name, description = spec.split("=", 1)
        kinds[name], shape = description.split(":")
        shapes[name] = tuple(int(extent) for extent in shape.split("x"))
    updated = [make_input(spec, rng) for spec in arguments.updated]
    for name, kind, array in updated:
        kinds[name], shapes[name] = kind, array.shape
    bounds = {name: float(value) for name, value in (b.split("=") for b in arguments.bound)}

    expected = {}
    scope = {"np": np} | {name: decoded(array, kind) for name, kind, array in inputs + updated}
    before = dict(scope)
    with np.errstate(all="ignore"):
        for statement in arguments.expect:
            exec(statement, scope)
    for name, kind in kinds.items():
        if name in scope and scope[name] is not before.get(name):
            expected[name] = encoded(np.broadcast_to(scope[name], shapes[name]), kind)

    with tempfile.TemporaryDirectory() as folder:
        common = ["moe-run", arguments.file, f"--kernel={arguments.kernel}", *sys.argv[split + 1:]]
        for name, kind, array in inputs:
            path = os.path.join(folder, f"in-{name}.npy")
            np.save(path, array)
            common += ["--in", f"{name}={path}"]
        for name, kind, array in updated:
            np.save(os.path.join(folder, f"in-{name}.npy"), array)
        for device in arguments.devices.split(","):
            paths = {name: os.path.join(folder, f"{name}.npy") for name in kinds}
            command = common + [f"--device={device}"]
            for name, path in paths.items():
                before = os.path.join(folder, f"in-{name}.npy")
                is_update = any(name == other for other, _, _ in updated)
                command += ["--inout", f"{name}={before}:{path}"] if is_update else ["--out", f"{name}={path}"]
            if subprocess.run(command).returncode != 0:
                sys.exit(f"{device}: moe-run failed")
            for name, kind in kinds.items():
                actual = np.load(paths[name])
                reference = expected.setdefault(name, actual)
                check(device, name, kind, actual, reference, bounds.get(name))


if __name__ == "__main__":
    main()
