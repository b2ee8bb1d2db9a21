"""The lit suite: text, lowering, object and execution tests."""

import glob
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

# Host programs with embedded kernels: compiled without HIP's compiler, and
# linked with the runtime library statically.
runtime_flags = "-Wall -Wextra -Wpedantic -Werror -D__HIP_PLATFORM_AMD__"
runtime_flags += f" -I{config.moesaic_source}/include -I{config.moesaic_source}/test/Runtime/Inputs"
config.substitutions.append(("%hostcxx", f"clang++ -std=c++17 -O1 -pthread {runtime_flags}"))
config.substitutions.append(("%rt-library", os.path.join(config.moesaic_build, "lib", "libmoesaic_rt.a")))
# The library's sources, for tests that compile them with a sanitizer.
runtime_sources = os.path.join(config.moesaic_source, "lib", "Runtime", "*.cpp")
folders = f"""-DMOESAIC_INSTALL_LIBDIR='"/usr/lib"' -DMOESAIC_BUILD_LIBDIR='"{config.moesaic_build}/lib"'"""
config.substitutions.append(("%rt-sources", " ".join(sorted(glob.glob(runtime_sources)))))
config.substitutions.append(("%rt-folders", folders))
# Generated headers, in any dialect of C and C++.
config.substitutions.append(("%warnings", "-Wall -Wextra -Wpedantic -Werror -I" + config.moesaic_source + "/include"))
scale = "clang -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -nogpulib -mcode-object-version=5 -O3 "
scale += os.path.join(config.moesaic_source, "test", "Runtime", "Inputs", "scale.cl")
config.substitutions.append(("%compile-scale", scale))

# Long tests lie in folders called `long`; test/run.py --long runs only those.
if lit_config.params.get("long"):
    config.available_features.add("long")
