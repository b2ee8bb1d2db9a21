# What `cmake --install` puts where, and the package files that let other
# projects find it.
include(CMakePackageConfigHelpers)
set(MOESAIC_KERNELS_FOLDER ${CMAKE_INSTALL_DATADIR}/moesaic/kernels)
# A folder of its own, so that the simulator never hides ROCm's library.
set(MOESAIC_SIMULATOR_FOLDER ${CMAKE_INSTALL_LIBDIR}/moesaic)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Moesaic)

install(TARGETS moesaic_rt moesaic_rt_static EXPORT MoesaicTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT MoesaicTargets NAMESPACE Moesaic:: DESTINATION ${package_folder})
install(TARGETS amdhip64 LIBRARY DESTINATION ${MOESAIC_SIMULATOR_FOLDER})
install(FILES # links, for programs that were built with ROCm 6 and 7
  $<TARGET_FILE_DIR:amdhip64>/libamdhip64.so.6 $<TARGET_FILE_DIR:amdhip64>/libamdhip64.so.7
  DESTINATION ${MOESAIC_SIMULATOR_FOLDER})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/moesaic
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/kernels/
  DESTINATION ${MOESAIC_KERNELS_FOLDER} FILES_MATCHING PATTERN "*.tile")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/MoesaicConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/MoesaicConfig.cmake
  INSTALL_DESTINATION ${package_folder}
  PATH_VARS CMAKE_INSTALL_BINDIR MOESAIC_KERNELS_FOLDER MOESAIC_SIMULATOR_FOLDER)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/MoesaicConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/MoesaicConfig.cmake
  ${PROJECT_BINARY_DIR}/package/MoesaicConfigVersion.cmake
  cmake/MoesaicAddKernels.cmake
  DESTINATION ${package_folder})

# pkg-config finds the folders from its own file, so that the tree can move.
set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH MOESAIC_PREFIX_FROM_PKGCONFIG
  ${CMAKE_INSTALL_PREFIX}/${pkgconfig_folder} ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/moesaic.pc.in ${PROJECT_BINARY_DIR}/package/moesaic.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/moesaic.pc DESTINATION ${pkgconfig_folder})
