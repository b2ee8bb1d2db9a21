"""The GoogleTest programs, one lit test per case."""

import os
import lit.formats

config.name = "moesaic-unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.suffixes = []
config.test_source_root = os.path.join(config.moesaic_build, "test", "unit")
config.test_exec_root = config.test_source_root
