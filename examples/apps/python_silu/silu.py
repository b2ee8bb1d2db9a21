#!/usr/bin/env python3
"""Calls an embedded kernel from Python: out = silu(gate) * up on NumPy arrays.

Usage: silu.py LIBRARY, a shared library with silu_and_mul.tile (see README.md)

HIP's functions come from the library that the runtime has opened: ROCm's, or
the simulator's where no GPU is.
"""

import ctypes
import sys

import numpy as np


class SiluArgs(ctypes.Structure):
    """struct silu_silu_and_mul_args of the generated header."""

    _fields_ = [
        ("gate", ctypes.c_void_p),
        ("up", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        ("S", ctypes.c_int32),
        ("I", ctypes.c_int32),
        ("gate_row", ctypes.c_int64),
        ("up_row", ctypes.c_int64),
    ]


class Kernels:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        # The library links libmoesaic_rt, so that its functions are there too.
        for name in ("moesaic_last_error", "moesaic_provider"):
            getattr(self.library, name).restype = ctypes.c_char_p
        provider = self.library.moesaic_provider()
        if provider is None:
            sys.exit(self.library.moesaic_last_error().decode())
        self.hip = ctypes.CDLL(provider.decode())

    def check(self, error):
        if error != 0:
            self.hip.hipGetErrorString.restype = ctypes.c_char_p
            sys.exit("HIP: " + self.hip.hipGetErrorString(error).decode())

    def allocate(self, count):
        pointer = ctypes.c_void_p()
        self.check(self.hip.hipMalloc(ctypes.byref(pointer), ctypes.c_size_t(count)))
        return pointer

    def upload(self, array):
        pointer = self.allocate(array.nbytes)
        self.check(self.hip.hipMemcpy(pointer, ctypes.c_void_p(array.ctypes.data),
                                      ctypes.c_size_t(array.nbytes), 1))
        return pointer

    def silu_and_mul(self, both):
        """silu of the left half of the columns, times the right half."""
        rows, columns = both.shape
        out = np.empty((rows, columns // 2), both.dtype)
        source, target = self.upload(both), self.allocate(out.nbytes)
        args = SiluArgs(gate=source.value, up=source.value + both.strides[0] // 2,
                        out=target.value, S=rows, I=columns // 2, gate_row=columns,
                        up_row=columns)
        if self.library.silu_silu_and_mul_launch(ctypes.byref(args), None) != 0:
            sys.exit(self.library.moesaic_last_error().decode())
        self.check(self.hip.hipMemcpy(ctypes.c_void_p(out.ctypes.data), target,
                                      ctypes.c_size_t(out.nbytes), 2))
        self.check(self.hip.hipFree(source))
        self.check(self.hip.hipFree(target))
        return out


def main():
    kernels = Kernels(sys.argv[1])
    both = np.random.default_rng(0).normal(size=(37, 512)).astype(np.float32)
    gate, up = both[:, :256], both[:, 256:]
    expected = gate / (1 + np.exp(-gate)) * up
    error = np.abs(kernels.silu_and_mul(both) - expected).max()
    right = bool(error <= 1e-5)  # false for NaN
    print(f"silu_and_mul of {both.shape[0]} rows: largest error {error:.1e}: "
          f"{'right' if right else 'WRONG'}")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
