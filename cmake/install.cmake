# The public library (the protocol: envelope, codecs, content references, store addresses), its headers and its CMake
# package; the adapters install themselves (cmake/targets.cmake).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/framebridge)
install(TARGETS framebridge_protocol EXPORT framebridge-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/framebridge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN *.h)
install(EXPORT framebridge-targets NAMESPACE framebridge:: DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/framebridge-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/framebridge-config-version.cmake
    DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/cmake/framebridge-config.cmake DESTINATION ${package_dir})
