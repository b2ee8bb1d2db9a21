# Build rules shared by every folder: flags, the precompiled header, and the
# functions that declare a library, a tool and a unit test.

set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(MOESAIC_GENERATED_DIR ${PROJECT_BINARY_DIR}/include)

# The compiler is pinned, so that its warnings can be errors.
option(MOESAIC_WERROR "Treat warnings as errors" ON)

# LLVM's packages are built with RTTI on and exceptions off; so is everything
# here, because types with vtables cross the boundary. Without its time stamp a
# precompiled header is the same file when it is made again, for ccache.
add_library(moesaic_flags INTERFACE)
target_compile_options(moesaic_flags INTERFACE
  "SHELL:-Xclang -fno-pch-timestamp" -fno-exceptions -fvisibility-inlines-hidden
  -Wall -Wextra -Wno-unused-parameter -Wimplicit-fallthrough
  $<$<BOOL:${MOESAIC_WERROR}>:-Werror>)
target_include_directories(moesaic_flags INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/include
  ${MOESAIC_GENERATED_DIR})
target_include_directories(moesaic_flags SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS} ${LLD_INCLUDE_DIRS})

# `./moe sanitize` builds the simulator and its tests so. LLVM's libraries are
# not instrumented; its types have no type information for -fsanitize=vptr.
option(MOESAIC_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(MOESAIC_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr
    -fno-sanitize-recover=all)
  target_compile_options(moesaic_flags INTERFACE
    ${sanitizers} -fno-omit-frame-pointer -g1)
  target_link_options(moesaic_flags INTERFACE ${sanitizers})
endif()

# One precompiled header for all code that speaks MLIR: a source file then
# compiles in about two seconds instead of five to thirteen.
file(WRITE ${PROJECT_BINARY_DIR}/pch/MLIR.cpp "// carries the precompiled header\n")
add_library(moesaic_mlir_pch OBJECT ${PROJECT_BINARY_DIR}/pch/MLIR.cpp)
target_link_libraries(moesaic_mlir_pch PRIVATE moesaic_flags)
set_target_properties(moesaic_mlir_pch PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_precompile_headers(moesaic_mlir_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/PrecompiledMLIR.h)

function(moesaic_use_mlir target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  # An executable would get -fPIE, for which the header was not compiled.
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM moesaic_mlir_pch)
  target_link_libraries(${target} PUBLIC MLIR LLVM)
endfunction()

# moesaic_add_library(NAME sources... [MLIR] [DEPENDS targets...] [LINK libraries...])
# A static library lib<NAME>.a in build/lib. MLIR: uses MLIR and the
# precompiled header. DEPENDS: TableGen targets whose headers it includes.
function(moesaic_add_library name)
  cmake_parse_arguments(ARG "MLIR" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PUBLIC moesaic_flags ${ARG_LINK})
  if(ARG_MLIR)
    moesaic_use_mlir(${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# moesaic_add_tool(NAME sources... [MLIR] [LINK libraries...]): build/bin/<NAME>.
# All but benchmarks are installed.
function(moesaic_add_tool name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE moesaic_flags ${ARG_LINK})
  if(ARG_MLIR)
    moesaic_use_mlir(${name})
  endif()
  if(NOT name MATCHES "^bench-")
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  set_property(GLOBAL APPEND PROPERTY MOESAIC_TEST_DEPENDS ${name})
endfunction()

# moesaic_add_unit_test(NAME sources... [MLIR] [LINK libraries...])
# A GoogleTest program build/test/unit/<NAME>; the lit suite runs each one.
function(moesaic_add_unit_test name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/unit)
  target_link_libraries(${name} PRIVATE moesaic_flags ${ARG_LINK} GTest::gtest GTest::gtest_main)
  if(ARG_MLIR)
    moesaic_use_mlir(${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY MOESAIC_TEST_DEPENDS ${name})
endfunction()
