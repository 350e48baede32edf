# What `cmake --install` lays down besides the targets: the CMake package, the pkg-config file, the documents.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/serene)
install(EXPORT serene-targets NAMESPACE serene:: DESTINATION ${package_dir})
configure_package_config_file(cmake/package/serene-config.cmake.in ${PROJECT_BINARY_DIR}/serene-config.cmake
  INSTALL_DESTINATION ${package_dir})
# SameMinorVersion: before 1.0 a minor version may break callers.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/serene-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/serene-config.cmake ${PROJECT_BINARY_DIR}/serene-config-version.cmake
  DESTINATION ${package_dir})

file(RELATIVE_PATH SERENE_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" SERENE_PC_TO_PREFIX "${SERENE_PC_TO_PREFIX}")
configure_file(cmake/package/serene.pc.in ${PROJECT_BINARY_DIR}/serene.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/serene.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# As in the repository, so that the links between them hold.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE THIRD_PARTY.md cmake/package/copyright
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(FILES weights/FORMAT.md weights/default.md weights/international-noncommercial.md weights/small.md weights/trnet.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/weights)
