#!/usr/bin/env python3
"""Calls a function of an embedded program on NumPy files, as moe-run does.

    call.py LIBRARY MANIFEST HIP FUNCTION --in a=FILE --out c=FILE NAME=VALUE...

LIBRARY is a shared object that holds the program and the runtime; the plain
symbols are called through ctypes. Extents come from the files; NAME=VALUE sets
what no file tells, or something else than it tells.
Outputs and workspace are poisoned first.
"""

import argparse
import ctypes
import json
import re
import sys

import numpy as np

TO_DEVICE, TO_HOST = 1, 2


def parse_arguments():
    parser = argparse.ArgumentParser()
    for name in ("library", "manifest", "hip", "function"):
        parser.add_argument(name)
    parser.add_argument("--in", action="append", default=[], dest="inputs")
    parser.add_argument("--out", action="append", default=[], dest="outputs")
    parser.add_argument("--workspace", type=int, help="bytes, instead of what is needed")
    parser.add_argument("values", nargs="*")
    return parser.parse_intermixed_args()


class Device:
    def __init__(self, path):
        self.hip = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)

    def call(self, name, *arguments):
        status = getattr(self.hip, name)(*arguments)
        if status:
            sys.exit(f"{name} failed with {status}")

    def allocate(self, size, byte=0xFF):
        pointer = ctypes.c_void_p()
        self.call("hipMalloc", ctypes.byref(pointer), ctypes.c_size_t(max(size, 1)))
        self.call("hipMemset", pointer, byte, ctypes.c_size_t(size))
        return pointer

    def copy(self, target, source, size, kind):
        self.call("hipMemcpy", target, source, ctypes.c_size_t(size), kind)


def shape_of(argument, extents):
    """The shape in an argument's text, such as `bf16 [T, 2 * I]`."""
    text = re.search(r"\[(.*?)\]", argument["text"]).group(1)
    ceildiv = lambda a, b: -(-a // b)
    floor = text.replace("/", "//")
    return [eval(axis, {"ceildiv": ceildiv, "min": min, "max": max}, extents) for axis in floor.split(",")]


def main():
    options = parse_arguments()
    manifest = json.load(open(options.manifest))
    function = next(f for f in manifest["functions"] if f["name"] == options.function)
    is_entry = function["kind"] == "entry"
    holder = function if is_entry else next(k for k in manifest["kernels"] if k["symbol"] == function["kernel"])
    inputs = {name: np.load(path) for name, path in (text.split("=") for text in options.inputs)}
    outputs = dict(text.split("=") for text in options.outputs)
    given = {name: int(value) for name, value in (text.split("=") for text in options.values)}
    values = {}

    device = Device(options.hip)
    library = ctypes.CDLL(options.library)
    library.moesaic_last_error.restype = ctypes.c_char_p
    library.moesaic_status_name.restype = ctypes.c_char_p

    for argument in holder["arguments"]:
        if argument["name"] in inputs:
            names = re.search(r"\[(.*?)\]", argument["text"]).group(1).split(", ")
            for name, extent in zip(names, inputs[argument["name"]].shape):
                if name.isidentifier():
                    values.setdefault(name, extent)
    struct = bytearray(function["struct_bytes"])
    memory = {}
    for argument in holder["arguments"]:
        name, offset, size = argument["name"], argument["offset"], argument["bytes"]
        if argument["role"] != "array":
            value = given.get(name, values.get(name))
            struct[offset : offset + size] = int(value).to_bytes(size, "little", signed=True)
            continue
        if name in inputs:
            data = np.ascontiguousarray(inputs[name])
        else:
            width = {"bf16": 2, "f16": 2, "f32": 4, "i32": 4}[argument["text"].split()[0]]
            data = np.full(shape_of(argument, {**given, **values}) + [width], 0xFF, np.uint8)
        pointer = device.allocate(data.nbytes)
        device.copy(pointer, data.ctypes.data_as(ctypes.c_void_p), data.nbytes, TO_DEVICE)
        memory[name] = (pointer, data)
        struct[offset : offset + size] = pointer.value.to_bytes(size, "little")

    symbol = function["symbol"]
    buffer = (ctypes.c_char * len(struct)).from_buffer(struct)
    if is_entry:
        size_of = getattr(library, f"{symbol}_workspace_bytes")
        size_of.restype = ctypes.c_uint64
        needed = size_of(buffer)
        given = needed if options.workspace is None else options.workspace
        print(f"workspace: {needed} bytes")
        end = function["struct_bytes"]
        struct[end - 16 : end - 8] = device.allocate(given).value.to_bytes(8, "little")
        struct[end - 8 : end] = given.to_bytes(8, "little")
    status = getattr(library, f"{symbol}_launch")(buffer, None)
    if status:
        print(library.moesaic_status_name(status).decode())
        print(library.moesaic_last_error().decode())
        sys.exit(1)
    device.call("hipDeviceSynchronize")
    for name, path in outputs.items():
        pointer, data = memory[name]
        device.copy(data.ctypes.data_as(ctypes.c_void_p), pointer, data.nbytes, TO_HOST)
        data.tofile(path)
    print("done")


if __name__ == "__main__":
    main()
