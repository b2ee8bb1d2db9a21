#!/usr/bin/env python3
"""Runs the kernels that sort slots by expert against NumPy.

    layouts.py FOLDER [--device=...] [--examples] [--sweep=N] T,E,k...

Every layout is made from random ids, some of them no expert and some twice in
a token, and turned back. --examples: the worked examples first. --sweep: N more
shapes, at random.
"""

import argparse
import os
import sys

import numpy as np

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from kernels import check, run


class Kernels:
    def __init__(self, folder, device):
        self.folder, self.device = folder, device

    def entry(self, file, name, defines, inputs, outputs, options=()):
        got = run(f"{self.folder}/{file}.tile", f"--entry={name}", self.device, defines, inputs, outputs, options)
        return dict(zip(outputs, got))

    def align(self, ids, experts, block, bound):
        return self.entry("moe_align", "moe_align", [f"BM={block}"], {"topk_ids": ids}, ["slots", "experts", "padded"],
                          [f"--set=num_experts={experts}", f"--extent=P={bound}"])

    def bitmatrix(self, ids, experts):
        return self.entry("bitmatrix", "bitmatrix", [], {"topk_ids": ids},
                          ["col_sum", "slice_offs", "col_sorted", "row_sorted"],
                          [f"--set=num_experts={experts}", f"--extent=E={experts}"])

    def bins(self, ids, experts, block, rounding):
        return self.entry("megablocks_bins", "megablocks_bins", [f"BLOCK={block}", f"ROUNDING={rounding}"],
                          {"topk_ids": ids}, ["tokens_per_expert", "bins", "padded_bins", "indices", "bin_ids"],
                          [f"--set=num_experts={experts}", f"--extent=E={experts}"])


def equal(what, got, **expected):
    for name, value in expected.items():
        if not np.array_equal(got[name], np.asarray(value, np.int32)):
            print(name, "is", got[name], "expected", np.asarray(value))
        check(f"{what}: {name}", np.array_equal(got[name], np.asarray(value, np.int32)))


def lists_of(ids, experts):
    return [np.flatnonzero(ids.ravel() == expert) for expert in range(experts)]


def bound_of(ids, experts, block):
    slots = ids.size
    return -(-(slots + min(slots, experts) * (block - 1)) // block) * block


def expect_aligned(ids, experts, block, bound):
    slots = np.full(bound, ids.size)
    table = np.zeros(bound // block)
    used = 0
    for expert, mine in enumerate(lists_of(ids, experts)):
        slots[used:used + mine.size] = mine
        blocks = -(-mine.size // block)
        table[used // block:used // block + blocks] = expert
        used += blocks * block
    return {"slots": slots, "experts": table, "padded": [used]}


def expect_bitmatrix(ids, experts):
    lists = lists_of(ids, experts)
    order = np.concatenate(lists)
    places = np.full(ids.size, -1)
    places[order] = np.arange(order.size)
    sizes = [mine.size for mine in lists]
    return {"col_sum": sizes, "slice_offs": np.append(0, np.cumsum(sizes)),
            "col_sorted": np.append(order, np.full(ids.size - order.size, -1)), "row_sorted": places}


def expect_bins(ids, experts, block, rounding):
    lists = lists_of(ids, experts)
    counts = np.array([mine.size for mine in lists])
    lengths = (counts + (block - 1, 0, block // 2)[rounding]) // block * block
    kept = [mine[:length] for mine, length in zip(lists, lengths)]
    order = np.concatenate(kept)
    owners = np.repeat(np.arange(experts), [mine.size for mine in kept])
    tail = np.full(ids.size - order.size, -1)
    return {"tokens_per_expert": counts, "bins": np.cumsum([mine.size for mine in kept]),
            "padded_bins": np.cumsum(lengths), "indices": np.append(order, tail), "bin_ids": np.append(owners, tail)}


def pack(slots, tokens, topk):
    token, slot = slots // topk, slots % topk
    return np.where(slots < tokens * topk, slot << 24 | token, topk << 24 | tokens).astype(np.int32)


def examples(kernels):
    equal("align", kernels.align(np.array([[0, 2], [2, 1], [0, 2]], np.int32), 3, 4, 12),
          slots=[0, 4, 6, 6, 3, 6, 6, 6, 1, 2, 5, 6], experts=[0, 1, 2], padded=[12])
    equal("bitmatrix", kernels.bitmatrix(np.array([[2, 0], [1, 2], [-1, 0]], np.int32), 3),
          col_sum=[2, 1, 2], slice_offs=[0, 2, 3, 5], col_sorted=[1, 5, 2, 0, 3, -1], row_sorted=[3, 0, 2, 4, -1, 1])
    counts = [0, 1, 31, 32, 63, 64, 65, 96, 128]
    ids = np.random.default_rng(1).permutation(np.repeat(np.arange(9), counts)).astype(np.int32).reshape(-1, 4)
    for rounding, bins, padded in (
            (0, [0, 1, 32, 64, 127, 191, 256, 352, 480], [0, 64, 128, 192, 256, 320, 448, 576, 704]),
            (1, [0, 0, 0, 0, 0, 64, 128, 192, 320], [0, 0, 0, 0, 0, 64, 128, 192, 320]),
            (2, [0, 0, 0, 32, 95, 159, 223, 319, 447], [0, 0, 0, 64, 128, 192, 256, 384, 512])):
        equal("bins", kernels.bins(ids, 9, 64, rounding), tokens_per_expert=counts, bins=bins, padded_bins=padded)


def test(kernels, tokens, experts, topk):
    rng = np.random.default_rng(tokens + experts)
    ids = rng.integers(0, experts, (tokens, topk)).astype(np.int32)
    ids.flat[rng.integers(0, ids.size, 5)] = [-1, experts, 2**31 - 1, -2**31, 0]
    routing = np.where((ids < 0) | (ids >= experts), -1, ids)
    what = f"{kernels.device} {tokens},{experts},{topk}"
    shape = [f"--extent=T={tokens}", f"--extent=k={topk}"]
    convert = lambda name, inputs, output, options=(), defines=(): kernels.entry(
        "convert_layouts", name, defines, inputs, [output], options)

    block = int(rng.choice([4, 16, 32, 100, 128]))
    bound = bound_of(ids, experts, block) + block
    aligned = kernels.align(ids, experts, block, bound)
    equal(f"{what} align {block}", aligned, **expect_aligned(ids, experts, block, bound))
    equal(what, convert("aligned_to_ids", aligned, "topk_ids", shape, [f"BM={block}"]), topk_ids=routing)

    metadata = kernels.bitmatrix(ids, experts)
    equal(f"{what} bitmatrix", metadata, **expect_bitmatrix(ids, experts))
    sorted_slots = {name: metadata[name] for name in ("col_sorted", "slice_offs")}
    equal(what, convert("bitmatrix_to_ids", sorted_slots, "topk_ids", shape), topk_ids=routing)

    for rounding in range(3):
        bins = kernels.bins(ids, experts, block, rounding)
        equal(f"{what} bins {block} rounding {rounding}", bins, **expect_bins(ids, experts, block, rounding))
        if rounding == 0:
            lists = {name: bins[name] for name in ("indices", "bins")}
            equal(what, convert("bins_to_ids", lists, "topk_ids", shape), topk_ids=routing)

    sizes = [f"--set=tokens={tokens}", f"--set=topk={topk}"]
    words = pack(aligned["slots"], tokens, topk)
    equal(what, convert("aligned_to_packed", {"slots": aligned["slots"]}, "sorted_ids", sizes), sorted_ids=words)
    packed = {"sorted_ids": words, "num_valid_ids": np.array([aligned["padded"][0], tokens], np.int32)}
    equal(what, convert("packed_to_aligned", packed, "slots", sizes), slots=aligned["slots"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--device", default="interp,sim:gfx942")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--sweep", type=int, default=0)
    parser.add_argument("shapes", nargs="*")
    options = parser.parse_intermixed_args()
    shapes = [tuple(map(int, shape.split(","))) for shape in options.shapes]
    rng = np.random.default_rng(1)
    for _ in range(options.sweep):
        topk = int(rng.integers(1, 17))
        shapes.append((int(rng.integers(1, 1500 if rng.random() < 0.2 else 200)), int(rng.integers(1, 1025)), topk))
    for device in options.device.split(","):
        kernels = Kernels(options.folder, device)
        if options.examples:
            examples(kernels)
        for shape in shapes:
            test(kernels, *shape)


if __name__ == "__main__":
    main()
