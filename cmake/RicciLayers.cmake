# One folder of src/ricci is one layer, and one object library: a layer compiles
# against the layers it may use and no other, and its tests link just those.

# The version has one home, project() in CMakeLists.txt; everything else reads this header.
set(RICCI_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
configure_file("${PROJECT_SOURCE_DIR}/cmake/version.h.in" "${RICCI_GENERATED_DIR}/ricci/version.h" @ONLY)

# ricci_layer(NAME [USES layer...] [LINK target...])
function(ricci_layer name)
  cmake_parse_arguments(arg "" "" "USES;LINK" ${ARGN})
  set(below "")
  foreach(layer IN LISTS arg_USES)
    get_property(deep GLOBAL PROPERTY RICCI_BELOW_${layer})
    list(APPEND below ${deep} ${layer})
  endforeach()
  list(REMOVE_DUPLICATES below)
  set_property(GLOBAL PROPERTY RICCI_BELOW_${name} "${below}")

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/ricci/${name}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_library(ricci_${name} OBJECT ${sources})
  target_include_directories(ricci_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src" "${RICCI_GENERATED_DIR}")
  target_link_libraries(ricci_${name} PUBLIC ${arg_LINK} PRIVATE ricci_settings)
  target_compile_definitions(ricci_${name} PRIVATE RICCI_BUILDING)
  foreach(layer IN LISTS below)
    if(TARGET ricci_${layer})
      target_link_libraries(ricci_${name} PUBLIC ricci_${layer})
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY RICCI_ALL_LAYERS ${name})
endfunction()

# ricci_objects(OUT layer...): the objects of these layers and of all below them.
function(ricci_objects out)
  set(layers "")
  foreach(layer IN LISTS ARGN)
    get_property(deep GLOBAL PROPERTY RICCI_BELOW_${layer})
    list(APPEND layers ${deep} ${layer})
  endforeach()
  list(REMOVE_DUPLICATES layers)
  set(objects "")
  foreach(layer IN LISTS layers)
    if(TARGET ricci_${layer})
      list(APPEND objects "$<TARGET_OBJECTS:ricci_${layer}>")
    endif()
  endforeach()
  set(${out} "${objects}" PARENT_SCOPE)
endfunction()

# The library itself: every layer in one.
function(ricci_library)
  get_property(layers GLOBAL PROPERTY RICCI_ALL_LAYERS)
  ricci_objects(objects ${layers})
  set(kind STATIC)
  if(RICCI_SHARED)
    set(kind SHARED)
  endif()
  add_library(ricci ${kind} ${objects})
  add_library(ricci::ricci ALIAS ricci)
  target_include_directories(ricci PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>"
                                          "$<BUILD_INTERFACE:${RICCI_GENERATED_DIR}>"
                                          "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(ricci PUBLIC cxx_std_20)
  target_link_libraries(ricci PRIVATE TBB::tbb hwy::hwy ZLIB::ZLIB)
  set_target_properties(ricci PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                         LINKER_LANGUAGE CXX)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT RICCI_SANITIZE)
    target_link_options(ricci PRIVATE -Wl,-z,defs)  # a definition that is missing is told here, not to the user
  endif()
endfunction()
