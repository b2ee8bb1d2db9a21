"""Random kernels of the tile dialect: the simulator must agree with the interpreter.

Usage: random_kernels.py FIRST LAST FOLDER [--passes-only | --chip=CHIP]

Kernel n of FIRST .. LAST-1 is written to FOLDER/n.mlir; it is made from the seed
n alone. Values are small integers, or sums of few of them, so that results are
exact. The simulated chip is gfx942 by default. With --passes-only kernels are
only taken through the passes on tiles.
"""

import os
import random
import subprocess
import sys

import numpy as np

ROWS, COLUMNS = 150, 144  # extents of the inputs, no powers of two
SIDE = 128  # extents of outputs and of the scratch array


def tile(shape, element):
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


class Kernel:
    """The text of one kernel while it grows."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.count, self.indent = [], 0, "  "
        self.tiles = []  # (name, shape) of f32 tiles in scope
        extents = (4, 8, 16, 32, 64)
        self.shapes = [
            (self.random.choice(extents), self.random.choice(extents + (128,)))
            for _ in range(3)
        ]
        self.waves = self.random.choice((1, 2, 4, 4, 8, 16))

    def emit(self, operation):
        """Appends an op and names its result."""
        self.count += 1
        self.lines.append(f"{self.indent}%v{self.count} = {operation}")
        return f"%v{self.count}"

    def add(self, name, shape):
        self.tiles.append((name, shape))

    def index(self, extent, gather=False):
        where = f"tensor<{extent}xi32>"
        counting = self.emit(f"tile.range : {where}")
        kind = self.random.random()
        if kind < 0.3:
            return counting
        if gather and kind < 0.5:
            return self.emit(f"tile.load %iv[{counting}] : !tile.array<?xi32>[{where}] -> {where}")
        start = self.emit(f"arith.constant {self.random.choice((-4, 0, 3, 4, 8, 32))} : i32")
        starts = self.emit(f"tile.splat {start} : i32 -> {where}")
        return self.emit(f"arith.addi {counting}, {starts} : {where}")

    def load(self, shape, element="f32", array=None):
        array = array or ("%xv" if element == "f32" else "%hv")
        swap = self.random.random() < 0.4
        rows, columns = reversed(shape) if swap else shape
        i, j = self.index(rows, gather=True), self.index(columns)
        return self.emit(
            f"tile.load {array}[{i}, {j}] {'order [1, 0] ' if swap else ''}: "
            f"!tile.array<?x?x{element}>[tensor<{rows}xi32>, tensor<{columns}xi32>]"
            f" -> {tile(shape, element)}")

    def pick(self, shape):
        """An f32 tile of this shape: one in scope or a new one."""
        fitting = [name for name, have in self.tiles if have == shape]
        if fitting and self.random.random() < 0.7:
            return self.random.choice(fitting)
        if len(shape) == 1:
            index = self.index(shape[0])
            return self.emit(f"tile.load %xv[%c1, {index}] : !tile.array<?x?xf32>"
                             f"[i32, tensor<{shape[0]}xi32>] -> {tile(shape, 'f32')}")
        axis = self.random.choice((0, 1, None, None))
        if axis is None:
            return self.load(shape)
        source = self.pick((shape[axis],))
        column = (shape[0], 1) if axis == 0 else (1, shape[1])
        unit = self.emit(f"tile.reshape {source} : {tile((shape[axis],), 'f32')} -> {tile(column, 'f32')}")
        return self.emit(f"tile.broadcast {unit} : {tile(column, 'f32')} -> {tile(shape, 'f32')}")

    # Steps: each adds tiles that later steps may use.

    def combine(self, shape):
        a, b, kind = self.pick(shape), self.pick(shape), tile(shape, "f32")
        operation = self.random.choice(("addf", "subf", "maximumf", "select"))
        if operation != "select":
            self.add(self.emit(f"arith.{operation} {a}, {b} : {kind}"), shape)
            return
        mask = self.emit(f"arith.cmpf olt, {a}, {b} : {kind}")
        self.add(self.emit(f"arith.select {mask}, {b}, {a} : {tile(shape, 'i1')}, {kind}"), shape)

    def reduce(self, shape):
        axis, source = self.random.choice((0, 1)), self.pick(shape)
        rest = (shape[1 - axis],)
        kind = self.random.choice(("max", "min"))
        part = self.emit(f"tile.reduce {kind} {source} axis {axis} : {tile(shape, 'f32')} -> {tile(rest, 'f32')}")
        self.add(part, rest)
        if self.random.random() < 0.3:
            scalar = self.emit(f"tile.reduce {kind} {part} axis 0 : {tile(rest, 'f32')} -> f32")
            self.add(self.emit(f"tile.splat {scalar} : f32 -> {tile(shape, 'f32')}"), shape)

    def count_integers(self, shape):
        integers = self.emit(f"arith.fptosi {self.pick(shape)} : {tile(shape, 'f32')} to {tile(shape, 'i32')}")
        rest = (shape[1],)
        total = self.emit(f"tile.reduce add {integers} axis 0 : {tile(shape, 'i32')} -> {tile(rest, 'i32')}")
        limit = self.emit(f"arith.constant dense<15> : {tile(rest, 'i32')}")
        small = self.emit(f"arith.andi {total}, {limit} : {tile(rest, 'i32')}")
        self.add(self.emit(f"arith.sitofp {small} : {tile(rest, 'i32')} to {tile(rest, 'f32')}"), rest)

    def scan(self, shape):
        source, axis = self.pick(shape), self.random.choice((0, 1))
        how = self.random.choice(("", " exclusive", " reverse", " exclusive reverse"))
        scan = self.emit(f"tile.scan {self.random.choice(('max', 'min'))} {source} axis {axis}{how} : {tile(shape, 'f32')}")
        # What an exclusive scan begins with is infinite, which products and casts must not meet.
        bounded = scan
        for operation, bound in ("minnumf", "9.0"), ("maxnumf", "-9.0"):
            limit = self.emit(f"arith.constant dense<{bound}> : {tile(shape, 'f32')}")
            bounded = self.emit(f"arith.{operation} {bounded}, {limit} : {tile(shape, 'f32')}")
        self.add(bounded, shape)

    def count_keys(self, shape):
        keys = self.emit(f"arith.fptosi {self.pick(shape)} : {tile(shape, 'f32')} to {tile(shape, 'i32')}")
        bins = (self.random.choice((4, 8, 64)),)
        ranks = self.emit(f"arith.constant dense<0> : {tile(shape, 'i32')}")
        if self.random.random() < 0.3:
            totals = self.emit(f"tile.histogram {keys} : {tile(shape, 'i32')} -> {tile(bins, 'i32')}")
        else:
            self.count += 2
            ranks, totals = f"%v{self.count - 1}", f"%v{self.count}"
            self.lines.append(f"{self.indent}{ranks}, {totals} = tile.rank {keys} : {tile(shape, 'i32')}, {tile(bins, 'i32')}")
        sums = self.emit(f"tile.scan add {totals} axis 0 : {tile(bins, 'i32')}")
        for values, where in ((ranks, shape), (sums, bins)):
            limit = self.emit(f"arith.constant dense<15> : {tile(where, 'i32')}")
            small = self.emit(f"arith.andi {values}, {limit} : {tile(where, 'i32')}")
            self.add(self.emit(f"arith.sitofp {small} : {tile(where, 'i32')} to {tile(where, 'f32')}"), where)

    def relabel(self, shape):
        source = self.pick(shape)
        if self.random.random() < 0.5:
            result = (shape[1], shape[0])
            self.add(self.emit(f"tile.permute {source} order [1, 0] : {tile(shape, 'f32')} -> {tile(result, 'f32')}"), result)
            return
        elements = shape[0] * shape[1]
        rows = 1 << self.random.randrange(elements.bit_length())
        result = self.random.choice(((elements,), (rows, elements // rows)))
        self.add(self.emit(f"tile.reshape {source} : {tile(shape, 'f32')} -> {tile(result, 'f32')}"), result)

    def product(self, _):
        element = self.random.choice(("f16", "f16", "f32"))
        most = 64 if element == "f16" else 16
        m, n, k = (min(self.random.choice((4, 8, 16, 32, 64)), most) for _ in range(3))
        a, b = self.load((m, k), element), self.load((k, n), element)
        zeros = self.emit(f"arith.constant dense<0.0> : {tile((m, n), 'f32')}")
        accumulator = self.random.choice((zeros, self.pick((m, n))))
        self.add(self.emit(
            f"tile.mma {a}, {b}, {accumulator} : {tile((m, k), element)}, "
            f"{tile((k, n), element)}, {tile((m, n), 'f32')}"), (m, n))
        self.shapes.append((m, n))

    def through_memory(self, shape):
        if max(shape) > SIDE:
            return
        value = self.pick(shape)
        i, j = (self.emit(f"tile.range : tensor<{extent}xi32>") for extent in shape)
        self.lines.append(
            f"{self.indent}tile.store {value}, %sv[{i}, {j}] : {tile(shape, 'f32')}, "
            f"!tile.array<?x?xf32>[tensor<{shape[0]}xi32>, tensor<{shape[1]}xi32>]")
        other = self.random.choice([shape for shape in self.shapes if len(shape) == 2])
        self.add(self.load(other, array="%sv"), other)

    def region(self, depth, shapes):
        """The ops of a nested region and its yield."""
        scope, self.indent = list(self.tiles), self.indent + "  "
        for _ in range(self.random.randint(0, 2)):
            self.step(depth + 1)
        values = ", ".join(self.pick(shape) for shape in shapes)
        types = ", ".join(tile(shape, "f32") for shape in shapes)
        self.lines.append(f"{self.indent}scf.yield {values} : {types}")
        self.tiles, self.indent = scope, self.indent[:-2]

    def loop(self, depth):
        shapes = [self.random.choice(self.shapes) for _ in range(self.random.choice((1, 2)))]
        starts = [self.pick(shape) for shape in shapes]
        types = ", ".join(tile(shape, "f32") for shape in shapes)
        self.count += 1
        number, scope = self.count, list(self.tiles)
        carried = [f"%a{number}_{i}" for i in range(len(shapes))]
        arguments = ", ".join(f"{name} = {start}" for name, start in zip(carried, starts))
        self.lines.append(
            f"{self.indent}%v{number}:{len(shapes)} = scf.for %i{number} = %c0 to %c3 step %c1 "
            f"iter_args({arguments}) -> ({types}) : i32 {{")
        self.tiles += zip(carried, shapes)
        self.region(depth, shapes)
        self.lines.append(self.indent + "}")
        self.tiles = scope + [(f"%v{number}#{i}", shape) for i, shape in enumerate(shapes)]

    def branch(self, depth):
        shape = self.random.choice(self.shapes)
        limit = self.emit(f"arith.constant {self.random.choice((0, 1))} : i32")
        taken = self.emit(f"arith.cmpi eq, %pid, {limit} : i32")
        result = self.emit(f"scf.if {taken} -> ({tile(shape, 'f32')}) {{")
        self.region(depth, [shape])
        self.lines.append(self.indent + "} else {")
        self.region(depth, [shape])
        self.lines.append(self.indent + "}")
        self.add(result, shape)

    def step(self, depth=0):
        steps = [self.combine] * 3 + [self.reduce, self.relabel, self.product, self.product,
                                      self.through_memory, self.count_integers, self.scan, self.count_keys]
        if depth < 2 and self.random.random() < 0.25:
            self.random.choice((self.loop, self.branch))(depth)
        else:
            self.random.choice(steps)(self.random.choice([s for s in self.shapes if len(s) == 2]))

    def text(self):
        """A whole kernel that stores one of its last tiles."""
        for _ in range(self.random.randint(4, 9)):
            self.step()
        value, shape = self.random.choice(
            [entry for entry in self.tiles if max(entry[1]) <= SIDE][-3:] or [(self.load((8, 8)), (8, 8))])
        indices = [self.emit(f"tile.range : tensor<{extent}xi32>") for extent in shape]
        where = ", ".join(["%pid"] * (2 - len(shape)) + indices)
        types = ", ".join(["i32"] * (2 - len(shape)) + [f"tensor<{extent}xi32>" for extent in shape])
        self.lines.append(f"  tile.store {value}, %ov[{where}] : {tile(shape, 'f32')}, !tile.array<?x?xf32>[{types}]")
        divisible = self.random.choice((", tile.divisible = 16 : i64", ""))
        body = "\n".join(self.lines)
        return f"""tile.kernel @random(
    %x: !tile.ptr<f32> {{tile.name = "x", tile.access = "in"}},
    %h: !tile.ptr<f16> {{tile.name = "h", tile.access = "in"}},
    %i: !tile.ptr<i32> {{tile.name = "i", tile.access = "in"}},
    %s: !tile.ptr<f32> {{tile.name = "s", tile.access = "inout"}},
    %o: !tile.ptr<f32> {{tile.name = "o", tile.access = "out"}},
    %R: i32 {{tile.name = "R", tile.role = "extent"}},
    %C: i32 {{tile.name = "C", tile.role = "extent"{divisible}}},
    %S: i32 {{tile.name = "S", tile.role = "extent"}}) waves({self.waves}) launch {{
^bb0(%lx: !tile.ptr<f32>, %lh: !tile.ptr<f16>, %li: !tile.ptr<i32>, %ls: !tile.ptr<f32>,
     %lo: !tile.ptr<f32>, %lR: i32, %lC: i32, %lS: i32):
  tile.shape %lx[%lR, %lC] : !tile.ptr<f32>
  tile.shape %lh[%lR, %lC] : !tile.ptr<f16>
  tile.shape %li[%lR] : !tile.ptr<i32>
  tile.shape %ls[%lS, %lS] : !tile.ptr<f32>
  tile.shape %lo[%lS, %lS] : !tile.ptr<f32>
  %one = arith.constant 1 : i32
  tile.grid %one
}} body {{
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c3 = arith.constant 3 : i32
  %pid = tile.program_id
  %xv = tile.view %x[%R, %C] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %hv = tile.view %h[%R, %C] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %iv = tile.view %i[%R] : !tile.ptr<i32> -> !tile.array<?xi32>
  %sv = tile.view %s[%S, %S] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %ov = tile.view %o[%S, %S] : !tile.ptr<f32> -> !tile.array<?x?xf32>
{body}
  tile.return
}}
"""


def run(command):
    """Runs a command; its complaint, or None."""
    result = subprocess.run(command, capture_output=True, text=True)
    return (result.stderr[:2000] or "no message") if result.returncode else None


def check(seed, folder, passes_only, chip):
    """What is wrong with kernel `seed`, or None."""
    path = lambda name: os.path.join(folder, name)
    source = path(f"{seed}.mlir")
    with open(source, "w") as file:
        file.write(Kernel(seed).text())
    if passes_only:
        return run(["moe-opt", source, "--moe-distribute-tiles", "-o", os.devnull])
    values = np.random.default_rng(seed)
    np.save(path("x.npy"), values.integers(-8, 8, (ROWS, COLUMNS)).astype(np.float32))
    np.save(path("h.npy"), values.integers(-4, 4, (ROWS, COLUMNS)).astype(np.float16))
    np.save(path("i.npy"), values.integers(-2, ROWS + 2, ROWS).astype(np.int32))
    np.save(path("s.npy"), values.integers(-8, 8, (SIDE, SIDE)).astype(np.float32))
    results = []
    for device in "interp", f"sim:{chip}":
        command = ["moe-run", source, "--kernel=random", f"--device={device}", "--fill=0x3f"]
        for name in "xhi":
            command += ["--in", f"{name}={path(name)}.npy"]
        command += ["--inout", f"s={path('s.npy')}:{path('s2.npy')}", "--out", f"o={path('o.npy')}"]
        problem = run(command)
        if problem:
            return f"{device}: {problem}"
        results.append([np.load(path("o.npy")), np.load(path("s2.npy"))])
    for name, expected, actual in zip("os", *results):
        wrong = ~((expected == actual) | (np.isnan(expected) & np.isnan(actual)))
        if wrong.any():
            at = tuple(np.argwhere(wrong)[0])
            return f"{name}{list(at)}: expected {expected[at]}, got {actual[at]} ({wrong.sum()} wrong)"
    return None


def main():
    first, last, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    os.makedirs(folder, exist_ok=True)
    failed = 0
    chips = [option.removeprefix("--chip=") for option in sys.argv if option.startswith("--chip=")]
    for seed in range(first, last):
        problem = check(seed, folder, "--passes-only" in sys.argv, (chips or ["gfx942"])[0])
        if problem:
            failed += 1
            print(f"kernel {seed}: {problem}")
    print(f"{last - first - failed} agree, {failed} fail")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
