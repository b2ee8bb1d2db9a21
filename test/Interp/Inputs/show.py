"""Prints .npy files: type and shape, then one line per row."""

import sys

import numpy as np

for path in sys.argv[1:]:
    array = np.load(path)
    print(array.dtype, list(array.shape))
    for row in array.reshape(-1, array.shape[-1]):
        print(" ".join(str(x) for x in row.tolist()))
