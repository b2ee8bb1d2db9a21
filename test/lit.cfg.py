"""The lit suite: text, lowering, object and execution tests."""

import os
import lit.formats

config.name = "moesaic"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".tile", ".test", ".ll", ".cl", ".hip"]
config.excludes = ["Inputs", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.moesaic_build, "test")

path = [os.path.join(config.moesaic_build, "bin"), config.llvm_tools, "/usr/bin", "/bin"]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --dump-input-filter=all"
# A report of the simulator's checker fails the test that runs the kernel.
config.environment["MOESAIC_CHECK"] = "trap"
config.substitutions.append(("%examples", os.path.join(config.moesaic_source, "examples")))
config.substitutions.append(("%source", config.moesaic_source))
config.substitutions.append(("%build", config.moesaic_build))
config.substitutions.append(("%unit", os.path.join(config.moesaic_build, "test", "unit")))
# Debian's interpreter has NumPy from its own package.
config.substitutions.append(("%python", "/usr/bin/python3"))

# HIP programs are linked against the packaged library and run with ours, so
# that exported names and their versions are tested too.
hipcc = (
    "clang++ -x hip --rocm-path=/usr --rocm-device-lib-path="
    + os.path.join(config.moesaic_build, "test", "hip-device-libs")
    + " -mcode-object-version=5 -D__AMDGCN_WAVEFRONT_SIZE=64 -O2 -Werror"
    + " -I" + os.path.join(config.moesaic_source, "test", "Hip", "Inputs")
)
hip_library = os.path.join(config.moesaic_build, "lib", "hip")
config.substitutions.append(("%hipcc", hipcc))
config.substitutions.append(("%hiprun", f"env LD_LIBRARY_PATH={hip_library}"))
config.substitutions.append(("%hiplib", os.path.join(hip_library, "libamdhip64.so.5")))

# Long tests lie in folders called `long`; test/run.py --long runs only those.
if lit_config.params.get("long"):
    config.available_features.add("long")
