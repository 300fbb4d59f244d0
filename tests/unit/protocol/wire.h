#pragma once

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <string>

namespace framebridge::protocol {

/// Protobuf messages field by field, with protobuf's own means: what the savant codec's splicing is compared
/// with.
class Fields : public google::protobuf::UnknownFieldSet {
  public:
    Fields() = default;
    Fields(const Fields& other) : UnknownFieldSet() { MergeFrom(other); }
    Fields& operator=(const Fields&) = delete;
    ~Fields() = default;
};

inline Fields parse_fields(const std::string& message) {
    Fields fields;
    EXPECT_TRUE(fields.ParseFromString(message));
    return fields;
}

inline std::string serialize(const google::protobuf::UnknownFieldSet& fields) {
    std::string message;
    EXPECT_TRUE(fields.SerializeToString(&message));
    return message;
}

/// The value of the only field of that number, to be changed.
inline std::string* bytes_of(Fields& fields, int number) {
    for (int i = 0; i < fields.field_count(); ++i) {
        if (fields.field(i).number() == number) {
            return fields.mutable_field(i)->mutable_length_delimited();
        }
    }
    ADD_FAILURE() << "no field " << number;
    return nullptr;
}

/// An encoded external content's value.
inline std::string external_frame(const std::string& method, const std::string* location = nullptr) {
    Fields fields;
    fields.AddLengthDelimited(1, method);
    if (location != nullptr) {
        fields.AddLengthDelimited(2, *location);
    }
    return serialize(fields);
}

/// The frame with the field that holds its content replaced by another one, in the same place.
inline std::string replace_content(const std::string& frame, int number, const std::string& value) {
    const Fields before = parse_fields(frame);
    Fields after;
    for (int i = 0; i < before.field_count(); ++i) {
        const int field_number = before.field(i).number();
        if (field_number >= 17 && field_number <= 19) {
            after.AddLengthDelimited(number, value);
        } else {
            after.AddField(before.field(i));
        }
    }
    return serialize(after);
}

}  // namespace framebridge::protocol
