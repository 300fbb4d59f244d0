#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace framebridge::runtime {

/// Fields of the lines that this thread logs while it exists: `--log-format json` writes each as a key of its
/// own, and text leaves them out, as the message says the same. The texts must outlive it.
class LogFields {
  public:
    using Value = std::variant<std::string_view, std::int64_t, double>;
    using Field = std::pair<std::string_view, Value>;

    LogFields(std::initializer_list<Field> fields);
    ~LogFields();
    LogFields(const LogFields&) = delete;
    LogFields& operator=(const LogFields&) = delete;

    /// Those of this thread's innermost object.
    static std::span<const Field> current();

  private:
    std::vector<Field> fields_;
    const LogFields* outer_;
};

}  // namespace framebridge::runtime
