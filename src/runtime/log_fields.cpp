#include "runtime/log_fields.h"

namespace framebridge::runtime {

namespace {

thread_local const LogFields* innermost = nullptr;

}  // namespace

LogFields::LogFields(std::initializer_list<Field> fields) : fields_(fields), outer_(innermost) {
    innermost = this;
}

LogFields::~LogFields() {
    innermost = outer_;
}

std::span<const LogFields::Field> LogFields::current() {
    return innermost == nullptr ? std::span<const Field>() : innermost->fields_;
}

}  // namespace framebridge::runtime
