"""Compares the fastest times of bench-launch with the promised ones.

Usage: overhead.py RESULTS.json
"""

import json
import sys


def main():
    with open(sys.argv[1]) as file:
        runs = json.load(file)["benchmarks"]

    def fastest(name):
        return min(run["cpu_time"] for run in runs
                   if run["run_name"] == name and run["run_type"] == "iteration")

    provider, plain, checked = (fastest(name)
                                for name in ("provider", "launch/checks:0", "launch/checks:1"))
    if plain - provider > 2000:
        sys.exit(f"expected a launch to cost at most 2000 ns, got {plain - provider:.0f}")
    if checked - plain > 1000:
        sys.exit(f"expected checks to cost at most 1000 ns, got {checked - plain:.0f}")


if __name__ == "__main__":
    main()
