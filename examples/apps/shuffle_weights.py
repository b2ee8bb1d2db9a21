#!/usr/bin/env python3
"""Brings weights into the order in which matrix instructions take them.

The last two axes, N rows of K elements, become blocks of 16 rows by 16 bytes,
one after the other along K, then along N; aiter calls it the layout (16, 16).
Kernels declare such an array with `blocks [1, 16, 16 / bytes per element]`;
its shape stays the same. examples/kernels/shuffle_weights.tile does the same
on the GPU.

    shuffle_weights.py weights.npy shuffled.npy
"""

import sys

import numpy as np


def shuffle(weights, rows=16, width=16):
    """`weights` of shape [..., N, K] in blocks of `rows` rows by `width` bytes."""
    deep = width // weights.itemsize
    *outer, n, k = weights.shape
    if n % rows or k % deep:
        raise ValueError(f"expected multiples of {rows} rows and {deep} columns, got {n} and {k}")
    blocks = weights.reshape(*outer, n // rows, rows, k // deep, deep)
    return np.ascontiguousarray(blocks.swapaxes(-3, -2)).reshape(weights.shape)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    np.save(sys.argv[2], shuffle(np.load(sys.argv[1])))


if __name__ == "__main__":
    main()
