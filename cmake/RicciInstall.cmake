# What `cmake --install` lays down for other projects: the library, its public headers, the
# package files of CMake and pkg-config, and the licence. All of it is component "ricci".
include(CMakePackageConfigHelpers)
set(RICCI_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/ricci")

install(TARGETS ricci EXPORT ricciTargets COMPONENT ricci
        RUNTIME COMPONENT ricci LIBRARY COMPONENT ricci NAMELINK_COMPONENT ricci ARCHIVE COMPONENT ricci)
# Code compiled once per SIMD target, and the kernels' own headers, are nobody's interface.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/ricci" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ricci
        FILES_MATCHING PATTERN "*.h" PATTERN "*-inl.h" EXCLUDE PATTERN "ricci/backend/cpu" EXCLUDE)
install(FILES "${RICCI_GENERATED_DIR}/ricci/version.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/ricci" COMPONENT ricci)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT ricci)

# Highway, TBB and zlib are inside a shared library's own needs; a static one hands them to its user.
if(RICCI_SHARED)
  set(RICCI_STATIC OFF)
  set(RICCI_PC_REQUIRES "Requires.private: tbb libhwy zlib")
else()
  set(RICCI_STATIC ON)
  set(RICCI_PC_REQUIRES "Requires: tbb libhwy zlib")
endif()

install(EXPORT ricciTargets NAMESPACE ricci:: DESTINATION "${RICCI_CMAKE_DIR}" COMPONENT ricci)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/ricciConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/ricciConfig.cmake" INSTALL_DESTINATION "${RICCI_CMAKE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ricciConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/ricciConfig.cmake" "${PROJECT_BINARY_DIR}/ricciConfigVersion.cmake"
        DESTINATION "${RICCI_CMAKE_DIR}" COMPONENT ricci)

# Relative to the .pc file, so that the tree may be installed or moved anywhere.
set(pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH RICCI_PC_PREFIX "${pc_dir}" "${CMAKE_INSTALL_PREFIX}")
file(RELATIVE_PATH RICCI_PC_LIBDIR "${pc_dir}" "${CMAKE_INSTALL_FULL_LIBDIR}")
file(RELATIVE_PATH RICCI_PC_INCLUDEDIR "${pc_dir}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/ricci.pc.in" "${PROJECT_BINARY_DIR}/ricci.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/ricci.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ricci)
