# Compiler settings shared by every target of the project.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Each file is compiled by itself: kernels are, once for every instruction set, and short names of unnamed namespaces meet.
set(CMAKE_UNITY_BUILD OFF)
# Installed programs find the library beside them, wherever the tree is moved.
if(RICCI_INSTALL)
  file(RELATIVE_PATH ricci_lib_from_bin "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(CMAKE_INSTALL_RPATH "$ORIGIN/${ricci_lib_from_bin}")
endif()

# The library's kind; by itself it is a shared one.
if(NOT RICCI_BUILD_SHARED STREQUAL "")
  set(RICCI_SHARED "${RICCI_BUILD_SHARED}")
elseif(DEFINED BUILD_SHARED_LIBS)
  set(RICCI_SHARED "${BUILD_SHARED_LIBS}")
else()
  set(RICCI_SHARED "${PROJECT_IS_TOP_LEVEL}")
endif()

find_program(RICCI_CCACHE ccache)
if(RICCI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${RICCI_CCACHE}")
endif()

set(RICCI_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
add_library(ricci_settings INTERFACE)
# GCC 12 sees overlaps in std::string that are not there (GCC bug 105329). Clang blames the caller of std::stable_sort
# for what libstdc++ 12 calls in it (std::get_temporary_buffer).
target_compile_options(ricci_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       $<$<BOOL:${RICCI_WERROR}>:-Werror> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                       $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(RICCI_SANITIZE)
  add_compile_options("-fsanitize=${RICCI_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${RICCI_SANITIZE}")
endif()
