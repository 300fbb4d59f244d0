#include "video_stream_source/stream_address.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/text.h"

namespace framebridge::stream_source {

namespace {

using Protocol = StreamAddress::Protocol;

constexpr std::array<std::pair<std::string_view, Protocol>, 6> schemes{{{"rtsp://", Protocol::rtsp},
                                                                        {"rtsps://", Protocol::rtsps},
                                                                        {"http://", Protocol::http},
                                                                        {"https://", Protocol::https},
                                                                        {"srt://", Protocol::srt},
                                                                        {"v4l2://", Protocol::v4l2}}};

constexpr const char* accepted =
    "the address is not one of rtsp://, rtsps://, http://, https://, srt:// or /dev/videoN";

bool is_unreserved(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
           letter == '~';
}

bool is_visible(char letter) {
    return letter > ' ' && letter < 0x7f;
}

}  // namespace

Result<StreamAddress> StreamAddress::parse(std::string_view text) {
    text = runtime::trimmed(text);
    if (!std::all_of(text.begin(), text.end(), is_visible)) {
        return problem("the address has a blank or a character that is not ASCII: write it as %XX");
    }
    StreamAddress address;
    if (text.starts_with("/dev/")) {
        address.protocol_ = Protocol::v4l2;
        address.path_ = text;
        return address;
    }
    const auto* scheme = std::find_if(schemes.begin(), schemes.end(),
                                      [&](const auto& known) { return text.starts_with(known.first); });
    if (scheme == schemes.end()) {
        return problem(accepted);
    }
    address.protocol_ = scheme->second;
    text.remove_prefix(scheme->first.size());
    if (address.protocol_ == Protocol::v4l2) {
        if (!text.starts_with("/dev/")) {
            return problem(accepted);
        }
        address.path_ = text;
        return address;
    }
    text = text.substr(0, text.find('#'));
    const auto authority_end = std::min(text.find_first_of("/?"), text.size());
    const auto authority = text.substr(0, authority_end);
    text.remove_prefix(authority_end);
    const auto query = std::min(text.find('?'), text.size());
    address.path_ = text.substr(0, query);
    address.query_ = text.substr(std::min(query + 1, text.size()));
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos) {
        address.userinfo_ = authority.substr(0, at);
        address.authority_ = authority.substr(at + 1);
    } else {
        address.authority_ = authority;
    }
    if (address.authority_.empty() || address.authority_.front() == ':') {
        return problem("the address has no host");
    }
    return address;
}

std::string StreamAddress::url(std::string_view userinfo) const {
    if (protocol_ == Protocol::v4l2) {
        return path_;
    }
    const auto* scheme = std::find_if(schemes.begin(), schemes.end(),
                                      [&](const auto& known) { return known.second == protocol_; });
    std::string url(scheme->first);
    if (!userinfo.empty()) {
        url.append(userinfo).append("@");
    }
    url += authority_ + path_;
    return query_.empty() ? url : url + "?" + query_;
}

std::string StreamAddress::to_string() const {
    auto shown = *this;
    shown.query_.clear();
    return shown.url({});
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        if (is_unreserved(letter)) {
            encoded += letter;
        } else {
            const auto byte = static_cast<unsigned char>(letter);
            encoded.append("%").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xfU]);
        }
    }
    return encoded;
}

}  // namespace framebridge::stream_source
