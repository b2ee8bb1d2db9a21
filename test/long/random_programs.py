#!/usr/bin/env python3
"""Random tile programs: the interpreter and the simulator must agree bit for bit.

Every program loads a few tiles, combines them with element-wise operations,
reshapes, permutes, broadcasts, reductions, scans, ranks, gathers, loops and products of small
integers, and stores the results. Integers wrap and floats stay exact where an
order of accumulation is unspecified, so that there is only one right answer.

    random_programs.py --count=300 --seed=1 --devices=interp,sim:gfx942
"""

import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "execution"))
from agree import encoded, same_bits  # noqa: E402

EXTENTS = [1, 2, 4, 8, 16, 32, 64]


class Program:
    """Grows one kernel body; every value is (name, type, shape)."""

    def __init__(self, rng):
        self.rng, self.lines, self.values, self.outputs, self.inputs = rng, [], [], [], []
        self.count = 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def add(self, kind, shape, expression):
        name = self.name()
        self.lines.append(f"  let {name} = {expression};")
        self.values.append((name, kind, tuple(shape)))

    def pick(self, kinds=None, shape=None, rank=None):
        fitting = [value for value in self.values
                   if (kinds is None or value[1] in kinds) and (shape is None or value[2] == shape)
                   and (rank is None or len(value[2]) == rank)]
        return self.rng.choice(fitting) if fitting else None

    def shape(self, rank):
        while True:
            shape = tuple(self.rng.choice(EXTENTS) for _ in range(rank))
            if np.prod(shape) <= 4096:
                return shape

    def load(self):
        """An input a little smaller or larger than the tile, so that edges show."""
        shape = self.shape(self.rng.choice([1, 1, 2, 2, 3]))
        kind = self.rng.choice(["i32", "i32", "i16", "f32", "f16", "bf16"])
        extents = [max(1, extent + self.rng.randint(-3, 3)) for extent in shape]
        array = f"in{len(self.inputs)}"
        self.inputs.append((array, kind, extents))
        order = list(range(len(shape)))
        self.rng.shuffle(order)
        # Array axis order[i] is walked by the index of tile axis i.
        walked = [shape[order.index(axis)] for axis in range(len(shape))]
        low = [self.rng.choice([0, 0, -1, 1]) for _ in walked]
        index = ", ".join(f"range({extent}) + {start}" for extent, start in zip(walked, low))
        self.add(kind, shape, f"load({array}[{index}], order = {order})")

    def gather(self):
        index = self.pick(["i32"], rank=1)
        if index is None:
            return
        kind = self.rng.choice(["i32", "f32"])
        array = f"in{len(self.inputs)}"
        columns = self.rng.choice(EXTENTS[:5])
        self.inputs.append((array, kind, [self.rng.randint(1, 20), max(1, columns - self.rng.randint(0, 2))]))
        self.add(kind, index[2] + (columns,), f"{array}[{index[0]} % 25 - 2, range({columns})]")

    def elementwise(self):
        a = self.pick()
        b = self.pick([a[1]], a[2])
        kind, shape = a[1], a[2]
        if kind in ("i32", "i16"):
            operator = self.rng.choice(["+", "-", "*", "&", "|", "^", "max", "min", "//", "%", "<<", "select"])
            if operator in ("//", "%"):
                divisor = self.rng.choice([1, 2, 3, 7, 16, -5])
                return self.add(kind, shape, f"{a[0]} {operator[0]} {divisor}")
            if operator == "<<":
                return self.add(kind, shape, f"{a[0]} {self.rng.choice(['<<', '>>'])} {self.rng.randint(0, 9)}")
        else:
            operator = self.rng.choice(["+", "-", "*", "max", "min", "select", "/"])
        if operator == "select":
            return self.add(kind, shape, f"select({a[0]} < {b[0]}, {b[0]}, {a[0]})")
        if operator in ("max", "min"):
            return self.add(kind, shape, f"{operator}({a[0]}, {b[0]})")
        return self.add(kind, shape, f"{a[0]} {operator} {b[0]}")

    def cast(self):
        a = self.pick()
        to = self.rng.choice(["i32", "f32"] if a[1] in ("i16", "f16", "bf16") else
                             ["f32", "i16", "f16"] if a[1] == "i32" else ["f16", "bf16", "i32"])
        if a[1] in ("i32", "i16") and to in ("f16", "f32"):
            return self.add(to, a[2], f"cast<{to}>({a[0]} % 100)")
        self.add(to, a[2], f"cast<{to}>({a[0]})")

    def rearrange(self):
        a = self.pick()
        if self.rng.random() < 0.5 and len(a[2]) > 1:
            order = list(range(len(a[2])))
            self.rng.shuffle(order)
            return self.add(a[1], [a[2][axis] for axis in order], f"permute({a[0]}, {order})")
        elements = int(np.prod(a[2]))
        first = self.rng.choice([extent for extent in EXTENTS if elements % extent == 0])
        self.add(a[1], (first, elements // first), f"reshape({a[0]}, [{first}, {elements // first}])")

    def broadcast(self):
        a = self.pick(rank=1)
        b = self.pick([a[1]], rank=1) if a else None
        if a and b and a[2][0] * b[2][0] <= 4096:
            self.add(a[1], (a[2][0], b[2][0]), f"{a[0]}[:, None] + {b[0]}[None, :]")

    def reduce(self):
        a = self.pick(["i32", "i16"])
        if a is None or len(a[2]) < 2:
            return
        axis = self.rng.randrange(len(a[2]))
        what = self.rng.choice(["sum", "reduce_max", "reduce_min"])
        self.add(a[1], a[2][:axis] + a[2][axis + 1:], f"{what}({a[0]}, axis = {axis})")

    def scan(self):
        a = self.pick()
        what = self.rng.choice(["cumsum", "cummax", "cummin"] if a[1] in ("i32", "i16") else ["cummax", "cummin"])
        flags = ", ".join(f"{flag} = {self.rng.choice(['true', 'false'])}" for flag in ("exclusive", "reverse"))
        scan = f"{what}({a[0]}, axis = {self.rng.randrange(len(a[2]))}, {flags})"
        # Exclusive scans of floats begin with an infinity, which no cast may meet.
        self.add(a[1], a[2], scan if a[1] in ("i32", "i16") else f"max(min({scan}, 9), -9)")

    def arg_reduce(self):
        a = self.pick()
        if len(a[2]) > 1:
            axis = self.rng.randrange(len(a[2]))
            self.add("i32", a[2][:axis] + a[2][axis + 1:], f"{self.rng.choice(['argmax', 'argmin'])}({a[0]}, axis = {axis})")

    def counts(self):
        a = self.pick(["i32"])
        if a is None:
            return
        bins = self.rng.choice(EXTENTS)
        keys = f"{a[0]} % {bins + 2} - 1"
        if self.rng.random() < 0.3:
            return self.add("i32", (bins,), f"histogram({keys}, {bins})")
        ranks, totals = self.name(), self.name()
        self.lines.append(f"  let ({ranks}, {totals}) = rank({keys}, {bins});")
        self.values += [(ranks, "i32", a[2]), (totals, "i32", (bins,))]

    def product(self):
        a = self.pick(["i32"], rank=2)
        b = self.pick(["i32"], rank=2)
        if a is None or b is None or a[2][1] != b[2][0]:
            b = (f"transpose({a[0]})", "i32", (a[2][1], a[2][0])) if a else None
        if b is None or a[2][0] * b[2][1] > 4096:
            return
        kind = self.rng.choice(["f16", "bf16", "f32"])
        small = lambda value: f"cast<{kind}>(cast<f32>({value} % 5 - 2))"
        self.add("f32", (a[2][0], b[2][1]),
                 f"mma({small(a[0])}, {small(b[0])}, zeros<f32>({a[2][0]}, {b[2][1]}))")

    def loop(self):
        a = self.pick(["i32"])
        if a is None:
            return
        name = self.name()
        self.lines += [f"  var {name} = {a[0]};",
                       f"  for k{self.count} in 0..count {{ {name} = {name} * 3 + k{self.count}; }}"]
        self.values.append((name, "i32", a[2]))

    def share(self):
        """A shared array around a value: stored at an offset, read in another order."""
        a = self.pick()
        if np.prod(a[2]) > 2048:
            return
        array = self.name()
        extents = [max(1, extent + self.rng.randint(-2, 3)) for extent in a[2]]
        whole = ", ".join(f"range({1 << (extent - 1).bit_length()})" for extent in extents)
        low = [self.rng.choice([0, 0, 1, -1]) for _ in extents]
        at = ", ".join(f"range({extent}) + {start}" for extent, start in zip(a[2], low))
        self.lines += [f"  let {array} = shared<{a[1]}>({extents});", f"  {array}[{whole}] = 3;",
                       f"  {array}[{at}] = {a[0]};"]
        order = list(range(len(extents)))
        self.rng.shuffle(order)
        read = [a[2][order.index(axis)] for axis in order]
        turned = ", ".join(f"{self.rng.choice(['', extents[axis] - 1])} - range({extent})".lstrip()
                           if self.rng.random() < 0.3 else f"range({extent})"
                           for axis, extent in enumerate(read))
        self.add(a[1], [read[axis] for axis in order], f"load({array}[{turned}], order = {order})")
        if a[1] == "i32" and self.rng.random() < 0.6:
            # Each place once, so that the old values are known.
            kind = self.rng.choice(["add", "min", "max", "and", "or", "xor", "exchange"])
            self.add("i32", a[2], f"atomic_{kind}({array}[{at}], {a[0]} * 5)")
            self.add("i32", a[2], f"{array}[{at}]")
        elif (a[1] == "f32" or a[1] in ("f16", "bf16") and np.prod(extents) % 2 == 0) and self.rng.random() < 0.6:
            self.add(a[1], a[2], f"atomic_add({array}[{at}], {a[0]})")
            self.add(a[1], a[2], f"{array}[{at}]")

    def collide(self):
        """Atomics whose order does not matter, at places that meet."""
        a = self.pick(["i32"])
        if a is None:
            return
        array, extent = self.name(), self.rng.randint(1, 70)
        whole = f"range({1 << (extent - 1).bit_length()})"
        kind = self.rng.choice(["add", "min", "max", "and", "or", "xor"])
        b = self.pick(["i32"], a[2])
        self.lines += [f"  let {array} = shared<i32>([{extent}]);", f"  {array}[{whole}] = 7 * {whole};",
                       f"  atomic_{kind}({array}[{a[0]} % {extent + 3} - 1], {b[0]});"]
        if self.rng.random() < 0.5:
            self.lines.append(f"  atomic_{kind}({array}[{b[0]} % {extent + 3} - 1], {a[0]});")
        self.add("i32", (1 << (extent - 1).bit_length(),), f"load({array}[{whole}], pad = -9)")

    def bits(self):
        a = self.pick(["i32", "i16"])
        if a is not None:
            what = self.rng.choice(["popcount({})", "clz({})", "ctz({})", "shr_logical({}, 3)"])
            self.add(a[1], a[2], what.format(a[0]))

    def text(self):
        for _ in range(3):
            value = self.rng.choice(self.values[-6:])
            array = f"out{len(self.outputs)}"
            extents = [max(1, extent + self.rng.randint(-1, 2)) for extent in value[2]]
            self.outputs.append((array, value[1], extents))
            index = ", ".join(f"range({extent})" for extent in value[2])
            self.lines.append(f"  {array}[{index}] = {value[0]};")
        letters = iter(f"X{i}" for i in range(100))
        self.extents, arguments = {}, []
        for group, access in ((self.inputs, ""), (self.outputs, "out ")):
            for array, kind, extents in group:
                names = [next(letters) for _ in extents]
                self.extents.update(zip(names, extents))
                arguments.append(f"{array}: {access}array<{kind}, [{', '.join(names)}]>")
        return ("kernel random_program(" + ",\n    ".join(arguments) + ", count: i32)\n  grid 1\n{\n"
                + "\n".join(self.lines) + "\n}\n")


def build(rng):
    program = Program(rng)
    for _ in range(rng.randint(2, 4)):
        program.load()
    steps = [program.load, program.gather, program.elementwise, program.elementwise, program.elementwise,
             program.cast, program.rearrange, program.broadcast, program.reduce, program.product, program.loop,
             program.scan, program.arg_reduce, program.counts, program.share, program.share, program.collide,
             program.bits]
    for _ in range(rng.randint(4, 14)):
        rng.choice(steps)()
    return program


def run_one(number, seed, devices, keep):
    rng = random.Random(seed * 1000003 + number)
    program = build(rng)
    text = program.text()
    numbers = np.random.default_rng(seed * 1000003 + number)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"program-{number}.tile")
        with open(path, "w") as file:
            file.write(text)
        common = ["moe-run", path, "--kernel=random_program", "--set", f"count={rng.randint(0, 4)}",
                  "-D", f"WAVES={rng.choice([1, 2, 4, 8])}"]
        for array, kind, extents in program.inputs:
            low, high = (-1000, 1000) if kind in ("i32", "i16") else (-8, 9)
            data = encoded(numbers.integers(low, high, extents), kind)
            np.save(os.path.join(folder, array + ".npy"), data)
            common += ["--in", f"{array}={folder}/{array}.npy"]
        for name, extent in program.extents.items():
            if any(f"{name}]" in line or f"{name}," in line for line in text.split("out array")[1:]):
                common += ["--extent", f"{name}={extent}"]
        results = {}
        for device in devices:
            command = common + [f"--device={device}"]
            for array, _, _ in program.outputs:
                command += ["--out", f"{array}={folder}/{array}.npy"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                if "needs" in done.stderr and "registers" in done.stderr:
                    return None  # too large for the chip, and said so
                return f"program {number} on {device}: status {done.returncode}\n{done.stderr[:800]}\n{text}"
            for array, kind, _ in program.outputs:
                actual = np.load(f"{folder}/{array}.npy")
                expected = results.setdefault(array, actual)
                wrong = ~same_bits(actual, expected, kind)
                if wrong.any():
                    where = tuple(int(i) for i in np.argwhere(wrong)[0])
                    if keep:
                        os.makedirs(keep, exist_ok=True)
                        with open(os.path.join(keep, f"program-{number}.tile"), "w") as file:
                            file.write(text)
                    return (f"program {number}: {array}{list(where)} is {actual[where]!r} on {device}, "
                            f"{expected[where]!r} on {devices[0]} ({wrong.sum()} differ)\n"
                            f"  {' '.join(common)}\n{text}")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run one program")
    parser.add_argument("--devices", default="interp,sim:gfx942")
    parser.add_argument("--keep", help="folder for programs that fail")
    arguments = parser.parse_args()
    numbers = [arguments.only] if arguments.only is not None else range(arguments.count)
    complaints = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(run_one, number, arguments.seed, arguments.devices.split(","), arguments.keep)
                for number in numbers]
        for job in jobs:
            if job.result():
                complaints += 1
                print(job.result(), flush=True)
    print(f"{len(jobs)} programs, {complaints} complaints")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
