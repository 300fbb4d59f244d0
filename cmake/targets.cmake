# Warnings and sanitizers, per target.

function(framebridge_target_options target)
    target_compile_options(${target} PRIVATE -Wall -Wextra)
    if(FRAMEBRIDGE_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(FRAMEBRIDGE_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${FRAMEBRIDGE_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
        target_link_options(${target} PUBLIC -fsanitize=${FRAMEBRIDGE_SANITIZE})
        if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
            # GCC's manual: sanitizers make it warn of uninitialized values that are none (<regex> is full of them).
            target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
        endif()
        if(FRAMEBRIDGE_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
            target_compile_options(${target} PRIVATE -Wno-tsan)
        endif()
    endif()
endfunction()

# Fails if a source of a folder includes a module's header that MODULES does not name: what a part stands on is said where
# it is built.
function(framebridge_check_includes folder)
    cmake_parse_arguments(CHECK "" "" "MODULES" ${ARGN})
    file(GLOB files CONFIGURE_DEPENDS ${folder}/*.h ${folder}/*.cpp)
    foreach(file ${files})
        file(STRINGS ${file} includes REGEX "^#include \"(framebridge/)?[a-z_]+/")
        foreach(include ${includes})
            string(REGEX REPLACE "^#include \"(framebridge/)?([a-z_]+)/.*" "\\2" module ${include})
            if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/src/${module} AND NOT module IN_LIST CHECK_MODULES)
                message(FATAL_ERROR "${file} includes a header of the module ${module}, which is not among the MODULES "
                                    "that ${folder} is built on")
            endif()
        endforeach()
    endforeach()
endfunction()

# A module of the code: src/<name>/*.cpp, on top of the MODULES and LIBRARIES that it names.
function(framebridge_module name)
    cmake_parse_arguments(MODULE "" "" "MODULES;LIBRARIES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    framebridge_check_includes(${CMAKE_CURRENT_SOURCE_DIR}/${name} MODULES ${name} ${MODULE_MODULES})
    add_library(framebridge_${name} STATIC ${sources})
    set_target_properties(framebridge_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(framebridge_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                          $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
    list(TRANSFORM MODULE_MODULES PREPEND framebridge_)
    target_link_libraries(framebridge_${name} PUBLIC ${MODULE_MODULES} ${MODULE_LIBRARIES})
    framebridge_target_options(framebridge_${name})
endfunction()

# An adapter: adapters/<name>/*.cpp, on top of adapter_common and further MODULES. All but main.cpp is also an object
# library, for the scenario tests.
function(framebridge_adapter name)
    cmake_parse_arguments(ADAPTER "" "" "MODULES;LIBRARIES" ${ARGN})
    string(REPLACE "_" "-" executable ${name})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    framebridge_check_includes(${CMAKE_CURRENT_SOURCE_DIR}/${name} MODULES ${common_modules} ${ADAPTER_MODULES})
    add_library(${name} OBJECT ${sources})
    list(TRANSFORM ADAPTER_MODULES PREPEND framebridge_)
    target_link_libraries(${name} PUBLIC adapter_common ${ADAPTER_MODULES} ${ADAPTER_LIBRARIES})
    framebridge_target_options(${name})
    add_executable(${executable} ${name}/main.cpp)
    target_link_libraries(${executable} PRIVATE ${name})
    framebridge_target_options(${executable})
    install(TARGETS ${executable} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT adapters)
endfunction()
