#pragma once

#include <memory>

namespace framebridge::runtime {

/// Calls the C function that releases a handle.
template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* handle) const {
        release(handle);
    }
};

/// Calls a C function that takes the handle's address, as libavformat's do.
template <auto release>
struct ReleaserByAddress {
    template <typename T>
    void operator()(T* handle) const {
        release(&handle);
    }
};

/// Owns a handle of a C library.
template <typename T, auto release>
using Handle = std::unique_ptr<T, Releaser<release>>;

template <typename T, auto release>
using HandleByAddress = std::unique_ptr<T, ReleaserByAddress<release>>;

}  // namespace framebridge::runtime
