"""Finds a kernel's matrix loop in llvm-objdump's text, times it by llvm-mca, and compares
both with moe-opt's report: check_loop.py CHIP CODE-OBJECT REPORT.json"""

import json
import re
import subprocess
import sys

chip, code_object, report = sys.argv[1:]
text = subprocess.run(["llvm-objdump", "-d", "--no-show-raw-insn", code_object],
                      check=True, capture_output=True, text=True).stdout
lines = []  # (address, instruction)
for line in text.splitlines():
    match = re.match(r"\s+(\S.*?)\s*// ([0-9A-F]+):", line)
    if match:
        lines.append((int(match[2], 16), match[1]))
loops = []
for end, (address, instruction) in enumerate(lines):
    match = re.match(r"s_c?branch\S*\s+(\d+)", instruction)
    if match and int(match[1]) >= 32768:  # a negative count of words
        target = address + 4 + 4 * (int(match[1]) - 65536)
        start = [a for a, _ in lines].index(target)
        body = [i for _, i in lines[start:end + 1]]
        loops.append((start, end, body))
loops = [body for start, end, body in loops
         if not any(start <= s and e < end for s, e, _ in loops)]
innermost = max(loops, key=lambda body: (sum("v_mfma" in i for i in body), -len(body)))
source = "\n".join(i for i in innermost if not i.startswith(("s_cbranch", "s_branch")))
timing = subprocess.run(["llvm-mca", "-mtriple=amdgcn-amd-amdhsa", f"-mcpu={chip}", "-iterations=10"],
                        input=source, check=True, capture_output=True, text=True).stdout
cycles = int(re.search(r"Total Cycles:\s+(\d+)", timing)[1]) / 10
figures = json.load(open(report))["kernels"][0]["figures"]
expected = (len(innermost), sum("v_mfma" in i for i in innermost), cycles)
actual = (figures["loop_instructions"], figures["loop_matrix"], figures["loop_cycles"])
print("loop agrees" if expected == actual else f"expected {expected}, got {actual}")
