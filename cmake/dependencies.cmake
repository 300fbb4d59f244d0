# Finds everything the project needs; what is missing is said all at once, with the Debian package to install.

find_package(PkgConfig QUIET)
find_package(Threads REQUIRED)
set(missing_packages "")

if(NOT PkgConfig_FOUND)
    message(FATAL_ERROR "pkg-config is missing. Install it with: apt-get install pkg-config")
endif()

# Names the Debian package of what was not found.
macro(note_missing found package)
    if(NOT ${found})
        list(APPEND missing_packages ${package})
    endif()
endmacro()

# pkg-config module -> imported target PkgConfig::<name>
macro(find_module name module package)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
    note_missing(${name}_FOUND ${package})
endmacro()

find_module(ZeroMQ libzmq libzmq3-dev)
find_module(RdKafka rdkafka librdkafka-dev)
find_module(Hiredis hiredis libhiredis-dev)
find_module(LibXxhash libxxhash libxxhash-dev)
find_module(Uuid uuid uuid-dev)
find_module(MicroHttpd libmicrohttpd libmicrohttpd-dev)
find_module(LibAv "libavformat;libavcodec;libavutil;libswscale" "libavformat-dev;libavcodec-dev;libavutil-dev;libswscale-dev")

# Optional: without it systemd is told nothing (src/runtime/service_manager.h), and no package can be made.
pkg_check_modules(Systemd QUIET IMPORTED_TARGET libsystemd)

find_path(CPPZMQ_INCLUDE_DIR zmq.hpp)
note_missing(CPPZMQ_INCLUDE_DIR cppzmq-dev)

# Debian 12 calls msgpack-c's C++ package msgpackc-cxx, later versions msgpack-cxx.
find_path(MSGPACK_INCLUDE_DIR msgpack.hpp)
note_missing(MSGPACK_INCLUDE_DIR libmsgpack-cxx-dev)

find_path(EXPECTED_INCLUDE_DIR tl/expected.hpp)
note_missing(EXPECTED_INCLUDE_DIR libexpected-dev)
find_path(DATE_INCLUDE_DIR date/date.h)
note_missing(DATE_INCLUDE_DIR libhowardhinnant-date-dev)

find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h)
note_missing(TOMLPLUSPLUS_INCLUDE_DIR libtomlplusplus-dev)

find_package(spdlog QUIET)
note_missing(spdlog_FOUND libspdlog-dev)
find_package(fmt QUIET)
note_missing(fmt_FOUND libfmt-dev)
find_package(CLI11 QUIET)
note_missing(CLI11_FOUND libcli11-dev)
find_package(nlohmann_json QUIET)
note_missing(nlohmann_json_FOUND nlohmann-json3-dev)
find_package(OpenSSL QUIET)
note_missing(OpenSSL_FOUND libssl-dev)
find_package(Protobuf QUIET)
note_missing(Protobuf_FOUND "libprotobuf-dev;protobuf-compiler")
find_package(prometheus-cpp QUIET)
note_missing(prometheus-cpp_FOUND prometheus-cpp-dev)
if(FRAMEBRIDGE_TESTS)
    find_package(GTest QUIET)
    note_missing(GTest_FOUND "libgtest-dev;libgmock-dev")
endif()
if(FRAMEBRIDGE_BENCH)
    find_package(benchmark QUIET)
    note_missing(benchmark_FOUND libbenchmark-dev)
endif()

if(missing_packages)
    list(REMOVE_DUPLICATES missing_packages)
    list(JOIN missing_packages " " missing_text)
    message(FATAL_ERROR "Libraries are missing. Install them with: apt-get install ${missing_text}")
endif()

add_library(framebridge_msgpack INTERFACE IMPORTED GLOBAL)
target_include_directories(framebridge_msgpack INTERFACE ${MSGPACK_INCLUDE_DIR})
target_compile_definitions(framebridge_msgpack INTERFACE MSGPACK_NO_BOOST)
add_library(framebridge_cppzmq INTERFACE IMPORTED GLOBAL)
target_include_directories(framebridge_cppzmq INTERFACE ${CPPZMQ_INCLUDE_DIR})
target_link_libraries(framebridge_cppzmq INTERFACE PkgConfig::ZeroMQ)
