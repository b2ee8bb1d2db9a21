"""Runs one element-wise operation at a time and compares it with NumPy.

A test gives the operation's text, its operands and the expected result. Values
of bf16 and fp8 arrays are float64 here; `ROUND[type]` rounds to such a type by
looking for the nearest of all its numbers.
"""

import os
import subprocess
import sys

import numpy as np

NUMPY = {
    "i1": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32,
    "i64": np.int64, "f16": np.float16, "f32": np.float32, "f64": np.float64,
    "bf16": np.uint16, "f8E4M3FN": np.uint8, "f8E5M2": np.uint8,
    "f8E4M3FNUZ": np.uint8, "f8E5M2FNUZ": np.uint8,
}
# Of formats without a NumPy type: bits, mantissa bits, bias, kind of specials.
FORMATS = {
    "bf16": (16, 7, 127, "ieee"), "f16": (16, 10, 15, "ieee"),
    "f8E4M3FN": (8, 3, 7, "fn"), "f8E5M2": (8, 2, 15, "ieee"),
    "f8E4M3FNUZ": (8, 3, 8, "fnuz"), "f8E5M2FNUZ": (8, 2, 16, "fnuz"),
}


def decode_table(name):
    """The value of every bit pattern, from the definition of the format."""
    bits, mantissa, bias, specials = FORMATS[name]
    pattern = np.arange(1 << bits)
    sign = np.where(pattern >> (bits - 1), -1.0, 1.0)
    exponent = pattern >> mantissa & ((1 << (bits - 1 - mantissa)) - 1)
    fraction = (pattern & ((1 << mantissa) - 1)) / (1 << mantissa)
    value = np.where(exponent == 0, np.ldexp(fraction, 1 - bias),
                     np.ldexp(1 + fraction, exponent - bias))
    value = sign * value
    if specials == "ieee":
        top = exponent == exponent.max()
        value = np.where(top, np.where(fraction == 0, sign * np.inf, np.nan), value)
    elif specials == "fn":
        value[(pattern & ((1 << (bits - 1)) - 1)) == (1 << (bits - 1)) - 1] = np.nan
    else:
        value[1 << (bits - 1)] = np.nan
    return value


TABLES = {name: decode_table(name) for name in FORMATS}


def make_rounder(name):
    bits, mantissa, bias, specials = FORMATS[name]
    table = TABLES[name]
    half = np.arange(1 << (bits - 1))
    half = half[np.isfinite(table[half])]  # the numbers from 0 up, by pattern
    numbers = table[half]
    largest = numbers[-1]
    overflow = largest + (largest - numbers[-2]) / 2
    beyond = np.inf if specials == "ieee" else np.nan

    def round_to(values):
        values = np.asarray(values, np.float64)
        magnitude = np.abs(values)
        high = np.clip(np.searchsorted(numbers, magnitude), 1, len(numbers) - 1)
        low = high - 1
        below, above = magnitude - numbers[low], numbers[high] - magnitude
        tie = np.where(low % 2 == 0, low, high)
        index = np.where(below < above, low, np.where(below > above, high, tie))
        result = numbers[index]
        last_is_odd = (len(numbers) - 1) % 2 == 1
        over = magnitude >= overflow if last_is_odd else magnitude > overflow
        result = np.where(over, beyond, result)
        result = np.where(np.isnan(values), np.nan, np.copysign(result, values))
        return result + 0.0 if specials == "fnuz" else result

    return round_to


ROUND = {name: make_rounder(name) for name in FORMATS}
ROUND["f32"] = lambda x: np.asarray(x, np.float32)
ROUND["f64"] = lambda x: np.asarray(x, np.float64)


def to_bits(values, name):
    """Encodes values that the format has exactly."""
    table = TABLES[name]
    finite = np.flatnonzero(np.isfinite(table))
    finite = finite[np.argsort(table[finite] + 0.0, kind="stable")]
    values = np.asarray(values, np.float64)
    sign = 1 << (FORMATS[name][0] - 1)
    result = finite[np.clip(np.searchsorted(table[finite], values), 0, len(finite) - 1)]
    result = np.where((result & ~sign) == 0, np.where(np.signbit(values), sign, 0), result)
    for special in np.flatnonzero(~np.isfinite(table))[::-1]:
        same = np.isnan(values) if np.isnan(table[special]) else values == table[special]
        result = np.where(same, special, result)
    return result


def store(values, name):
    """The array that a file holds for values of a type."""
    if NUMPY[name] in (np.uint16, np.uint8):
        return to_bits(values, name).astype(NUMPY[name])
    return np.asarray(values).astype(NUMPY[name])


def load(array, name):
    if NUMPY[name] in (np.uint16, np.uint8):
        return TABLES[name][array]
    return array


def kernel(text, inputs, outputs, count):
    arguments = [(n, t, "in") for n, t in inputs] + [(n, t, "out") for n, t in outputs]
    declare = ", ".join(
        f'%{n}p: !tile.ptr<{t}> {{tile.name = "{n}", tile.access = "{a}"}}'
        for n, t, a in arguments)
    declare += ', %n: i32 {tile.name = "N", tile.role = "extent"}'
    again = ", ".join(f"%{n}q: !tile.ptr<{t}>" for n, t, _ in arguments) + ", %m: i32"
    lines = [f"tile.kernel @test({declare}) waves(1) launch {{", f"^bb0({again}):"]
    lines += [f"  tile.shape %{n}q[%m] : !tile.ptr<{t}>" for n, t, _ in arguments]
    lines += ["  %one = arith.constant 1 : i32", "  tile.grid %one", "} body {",
              f"  %i = tile.range : tensor<{count}xi32>"]
    for n, t, a in arguments:
        lines.append(f"  %{n}v = tile.view %{n}p[%n] : !tile.ptr<{t}> -> !tile.array<?x{t}>")
        if a == "in":
            lines.append(f"  %{n} = tile.load %{n}v[%i] : !tile.array<?x{t}>"
                         f"[tensor<{count}xi32>] -> tensor<{count}x{t}>")
    lines.append("  " + text)
    for n, t, a in arguments:
        if a == "out":
            lines.append(f"  tile.store %{n}, %{n}v[%i] : tensor<{count}x{t}>, "
                         f"!tile.array<?x{t}>[tensor<{count}xi32>]")
    return "\n".join(lines + ["  tile.return", "}", ""])


tested = 0


def check(text, inputs, outputs, expected):
    """Runs `text` on `inputs` {name: (type, values)} and compares the results
    {name: type} with `expected` (one array, or one for each result)."""
    global tested
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    outputs = {"r": outputs} if isinstance(outputs, str) else outputs
    expected = expected if isinstance(expected, tuple) else (expected,)
    count = len(next(iter(inputs.values()))[1])
    assert count & (count - 1) == 0
    text = text.replace("TILE", f"tensor<{count}x")
    source = os.path.join(folder, "test.mlir")
    with open(source, "w") as file:
        file.write(kernel(text, [(n, t) for n, (t, _) in inputs.items()],
                          list(outputs.items()), count))
    command = ["moe-run", source, "--kernel=test"]
    for name, (element, values) in inputs.items():
        path = os.path.join(folder, name + ".npy")
        np.save(path, store(values, element))
        command += ["--in", f"{name}={path}"]
    for name in outputs:
        command += ["--out", f"{name}={folder}/{name}.npy"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        sys.exit(f"{text}\n{run.stdout}")
    for (name, element), want in zip(outputs.items(), expected):
        got = load(np.load(os.path.join(folder, name + ".npy")), element)
        want = load(store(want, element), element)
        same = (got == want) & (np.signbit(got) == np.signbit(want)
                                if want.dtype.kind == "f" else True)
        if want.dtype.kind == "f":
            same |= np.isnan(got) & np.isnan(want)
        if not same.all():
            i = int(np.flatnonzero(~same)[0])
            operands = {n: v[i] for n, (_, v) in inputs.items()}
            sys.exit(f"{text}: got {got[i]!r}, expected {want[i]!r} for {operands}")
    tested += 1


def finish():
    print(f"{tested} checks passed")
