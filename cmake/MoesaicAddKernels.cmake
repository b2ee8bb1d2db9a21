# moesaic_add_kernels(TARGET file.tile... TARGETS chip... [KERNEL name]
#                     [ENTRY name] [INSTANCES NAME=KERNEL<P=V,...>...]
#                     [DEFINES NAME=VALUE...] [PREFIX prefix] [OPTIONS option...])
#
# Compiles each .tile file for all chips, and adds the object and the folder of
# the header `file.h` to TARGET, which also links the runtime library. Without
# KERNEL, ENTRY and INSTANCES all of the file is embedded. Changes of the file,
# of what it imports and of the compiler compile it again. To be called in the
# folder that made TARGET.
cmake_policy(PUSH)
cmake_policy(VERSION 3.20...3.25) # CMP0116: what depfile paths are relative to

function(moesaic_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "KERNEL;ENTRY;PREFIX"
    "TARGETS;INSTANCES;DEFINES;OPTIONS")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "moesaic_add_kernels: expected a target first, got '${target}'")
  endif()
  if(NOT ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "moesaic_add_kernels(${target}): expected a .tile file")
  endif()
  if(NOT ARG_TARGETS)
    message(FATAL_ERROR "moesaic_add_kernels(${target}): expected chips behind TARGETS, "
      "for example TARGETS gfx942 gfx950")
  endif()
  list(JOIN ARG_TARGETS "," chips)
  set(options --target=${chips})
  foreach(name KERNEL ENTRY PREFIX)
    if(DEFINED ARG_${name})
      string(TOLOWER ${name} option)
      list(APPEND options --${option}=${ARG_${name}})
    endif()
  endforeach()
  foreach(instance ${ARG_INSTANCES})
    list(APPEND options --instance=${instance})
  endforeach()
  foreach(define ${ARG_DEFINES})
    list(APPEND options -D${define})
  endforeach()
  list(APPEND options ${ARG_OPTIONS})

  # A folder per target: two targets may embed one file in different ways.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.kernels)
  file(MAKE_DIRECTORY ${folder})
  foreach(file ${ARG_UNPARSED_ARGUMENTS})
    get_filename_component(source ${file} ABSOLUTE)
    get_filename_component(name ${file} NAME_WE)
    set(object ${folder}/${name}.o)
    set(header ${folder}/${name}.h)
    add_custom_command(OUTPUT ${object} ${header}
      COMMAND ${Moesaic_MOE_OPT} ${source} ${options}
        -o ${object} --header=${header} -MD -MF ${object}.d
      DEPENDS ${source} ${Moesaic_MOE_OPT}
      DEPFILE ${object}.d
      COMMENT "Compiling ${name}.tile for ${chips}"
      VERBATIM)
    set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    target_sources(${target} PRIVATE ${object} ${header})
  endforeach()
  target_include_directories(${target} PRIVATE ${folder})
  target_link_libraries(${target} PRIVATE Moesaic::moesaic_rt)
endfunction()

cmake_policy(POP)
