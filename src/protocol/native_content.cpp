#include "protocol/native_content.h"

#include <variant>

#include "protocol/decode_error.h"
#include "protocol/msgpack_writer.h"
#include "protocol/native_keys.h"

namespace framebridge::protocol::native {

namespace {

struct ContentWriter {
    MsgpackWriter& writer;

    void begin(std::size_t entries, std::string_view kind) const {
        writer.map(entries);
        entry(content_key::kind, kind);
    }
    void entry(std::string_view key, std::string_view value) const {
        writer.text(key);
        writer.text(value);
    }

    std::string_view operator()(const NoContent& /*content*/) const {
        begin(1, content_kind::none);
        return {};
    }
    std::string_view operator()(const InlineContent& content) const {
        begin(2, content_kind::inlined);
        writer.text(content_key::bytes);
        writer.binary_header(content.bytes.size());
        return content.bytes;
    }
    std::string_view operator()(const AttachedContent& /*content*/) const {
        begin(1, content_kind::attached);
        return {};
    }
    std::string_view operator()(const ContentReference& content) const {
        begin(3U + (content.size ? 1U : 0U) + (content.hash.empty() ? 0U : 1U), content_kind::reference);
        entry(content_key::store, content.store);
        entry(content_key::key, content.key);
        if (content.size) {
            writer.text(content_key::size);
            writer.unsigned_integer(*content.size);
        }
        if (!content.hash.empty()) {
            entry(content_key::hash, content.hash);
        }
        return {};
    }
    std::string_view operator()(const ForeignContent& content) const {
        begin(3, content_kind::foreign);
        entry(content_key::method, content.method);
        entry(content_key::location, content.location);
        return {};
    }
};

}  // namespace

Content read_content(MsgpackReader& reader, std::uint32_t& skipped_keys) {
    const std::size_t begin = reader.offset();
    const auto skip_wrong_type = [&] {
        if (!reader.nil()) {
            reader.skip();
            ++skipped_keys;
        }
    };
    const auto read_optional_text = [&](std::string_view& target) {
        if (reader.at_text()) {
            target = reader.text();
        } else {
            skip_wrong_type();
        }
    };
    std::string_view kind;
    std::optional<std::string_view> bytes;
    ContentReference reference;
    ForeignContent foreign;
    for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
        const std::string_view key = reader.text();
        if (key == content_key::kind) {
            kind = reader.text();
        } else if (key == content_key::bytes) {
            bytes = reader.binary();
        } else if (key == content_key::store) {
            reference.store = reader.text();
        } else if (key == content_key::key) {
            reference.key = reader.text();
        } else if (key == content_key::size) {
            if (reader.at_unsigned_integer()) {
                reference.size = reader.unsigned_integer();
            } else {
                skip_wrong_type();
            }
        } else if (key == content_key::hash) {
            read_optional_text(reference.hash);
        } else if (key == content_key::method) {
            read_optional_text(foreign.method);
        } else if (key == content_key::location) {
            read_optional_text(foreign.location);
        } else {
            reader.skip();
        }
    }
    if (kind == content_kind::none) {
        return NoContent{};
    }
    if (kind == content_kind::inlined) {
        if (!bytes) {
            throw DecodeError{"an inline content has no `bytes`", begin};
        }
        return InlineContent{*bytes};
    }
    if (kind == content_kind::attached) {
        return AttachedContent{};
    }
    if (kind == content_kind::reference) {
        if (reference.store.empty() || reference.key.empty()) {
            throw DecodeError{"a reference has no `store` or no `key`", begin};
        }
        return reference;
    }
    if (kind == content_kind::foreign) {
        return foreign;
    }
    if (kind.empty()) {
        throw DecodeError{"a content has no `kind`", begin};
    }
    return ForeignContent{kind, {}};
}

std::string_view write_content(const Content& content, std::string& head) {
    MsgpackWriter writer(head);
    return std::visit(ContentWriter{writer}, content);
}

}  // namespace framebridge::protocol::native
