# The Debian package, `cpack --config build/release/CPackConfig.cmake`: the adapters as systemd services.
# Without libsystemd, which tells systemd how they are, there is none.

set(package_files ${CMAKE_CURRENT_LIST_DIR}/package)

# framebridge_unit(NAME PROGRAM DESCRIPTION): framebridge-NAME@.service
function(framebridge_unit name UNIT_PROGRAM UNIT_DESCRIPTION)
    set(UNIT_BINDIR /usr/bin)
    configure_file(${package_files}/unit.service.in ${PROJECT_BINARY_DIR}/package/framebridge-${name}@.service @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/package/framebridge-${name}@.service DESTINATION lib/systemd/system
        COMPONENT package EXCLUDE_FROM_ALL)
endfunction()

if(Systemd_FOUND)
    framebridge_unit(sink kafka-redis-sink "sink, ZeroMQ to Kafka")
    framebridge_unit(source kafka-redis-source "source, Kafka to ZeroMQ")
    framebridge_unit(video-sink video-file-sink "video sink, ZeroMQ to files")
    framebridge_unit(video-source video-file-source "video source, files to ZeroMQ")
    framebridge_unit(stream-source video-stream-source "stream source, cameras to ZeroMQ")
    install(FILES ${package_files}/framebridge.toml DESTINATION /etc/framebridge COMPONENT package EXCLUDE_FROM_ALL)
    install(FILES ${package_files}/README.Debian ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION share/doc/framebridge COMPONENT package EXCLUDE_FROM_ALL)
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/framebridge RENAME copyright COMPONENT package
        EXCLUDE_FROM_ALL)

    set(CPACK_GENERATOR DEB)
    set(CPACK_PACKAGE_NAME framebridge)
    set(CPACK_PACKAGE_CONTACT "FrameBridge <framebridge@localhost>")
    set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
    set(CPACK_SET_DESTDIR ON)  # For /etc.
    set(CPACK_INSTALL_PREFIX /usr)
    set(CPACK_STRIP_FILES ON)
    set(CPACK_DEB_COMPONENT_INSTALL ON)
    set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
    set(CPACK_COMPONENTS_ALL adapters package)
    set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_PACKAGE_SECTION video)
    set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd")
    set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, libsasl2-modules")
    set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
    set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_files}/conffiles ${package_files}/postinst ${package_files}/prerm
        ${package_files}/postrm)
    # A package of a commit between two releases is newer than the first and older than the second.
    set(CPACK_DEBIAN_PACKAGE_VERSION "${PROJECT_VERSION}+${revision}")
    include(CPack)
endif()
