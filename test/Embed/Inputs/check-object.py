#!/usr/bin/env python3
"""Reads the image in an object as include/moesaic/embed.h describes it.

    check-object.py OBJECT MANIFEST

Compares it with the manifest and with what llvm-readelf says of the code
objects, and the object's size with theirs.
"""

import json
import re
import struct
import subprocess
import sys
import tempfile

HEADER = struct.Struct("<8s II QQ IIIIII")
TARGET = struct.Struct("<II QQ")
KERNEL = struct.Struct("<IIII")


def require(condition, what):
    if not condition:
        sys.exit(what)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (2**64 - 1)
    return value


def text(image, offset):
    return image[offset : image.index(b"\0", offset)].decode()


def check_metadata(code, kernels):
    """Kernel arguments and sizes, from the notes of a code object."""
    with tempfile.NamedTemporaryFile(suffix=".hsaco") as file:
        file.write(code)
        file.flush()
        notes = subprocess.run(["llvm-readelf", "--notes", file.name], capture_output=True, text=True, check=True).stdout
    for part in re.split(r"\n  - (?=\.)", notes)[1:]:
        symbol = re.search(r"^    \.name: +(\S+)", part, re.M).group(1)
        kernel = kernels[symbol]
        offsets = [int(x) for x in re.findall(r"\.offset: +(\d+)", part)]
        sizes = [int(x) for x in re.findall(r"\.size: +(\d+)", part)]
        expected = [(a["offset"], a["bytes"]) for a in kernel["arguments"]]
        require(list(zip(offsets, sizes)) == expected, f"{symbol}: other arguments than in its metadata")
        require(kernel["kernarg_bytes"] == offsets[-1] + sizes[-1], f"{symbol}: other kernarg bytes")
        kernel["seen"] = kernel.get("seen", 0) + 1


def main():
    path, manifest = sys.argv[1:]
    data = open(path, "rb").read()
    manifest = json.load(open(manifest))
    begin = data.index(b"moesaic\0\x01\0\0\0")
    magic, abi, version, size, checksum, targets, kernel_count, target_at, kernel_at, source, zero = HEADER.unpack_from(data, begin)
    image = data[begin : begin + size]
    require((abi, version, zero) == (manifest["abi_version"], 5, 0), "other versions")
    require(data.count(b"moesaic\0\x01\0\0\0") == 1, "several images")
    require(checksum == fnv1a(image[HEADER.size - 24 :]), "the checksum is wrong")
    require(text(image, source) == manifest["source"], "another source")
    require(targets == len(manifest["targets"]), "another number of targets")

    kernels = {kernel["symbol"]: kernel for kernel in manifest["kernels"]}
    total, end = 0, 0
    for number, target in enumerate(manifest["targets"]):
        name, zero, offset, length = TARGET.unpack_from(image, target_at + number * TARGET.size)
        require(text(image, name) == target["name"] and zero == 0, "another target")
        require(offset % 256 == 0 and offset >= end, "a code object is misplaced")
        code = image[offset : offset + length]
        require(code[:4] == b"\x7fELF" and code[8] == version - 2, "no code object of this version")
        check_metadata(code, kernels)
        total, end = total + length, offset + length
        require(length == target["code_bytes"], "another size than in the manifest")
        for index, kernel in enumerate(manifest["kernels"]):
            at = kernel_at + (number * kernel_count + index) * KERNEL.size
            symbol, lanes, bytes, lds = KERNEL.unpack_from(image, at)
            resources = kernel["resources"][target["name"]]
            expected = (kernel["symbol"], resources["block_size"], kernel["kernarg_bytes"], resources["lds_bytes"])
            require((text(image, symbol), lanes, bytes, lds) == expected, f"{kernel['symbol']}: other facts")
    require(end == size, "something lies behind the last code object")
    require(all(kernel["seen"] == targets for kernel in kernels.values()), "a kernel is missing")
    require(len(data) <= total + 32 * 1024, f"{len(data) - total} bytes more than the code objects")
    print(f"{len(data) - total} bytes more than the code objects")


if __name__ == "__main__":
    main()
