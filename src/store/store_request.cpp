#include "store/store_request.h"

#include <openssl/evp.h>

#include <array>

#include "store/redis_errors.h"

namespace framebridge::store {

namespace {

// The name by which servers know the script; empty if OpenSSL offers no SHA-1.
std::string sha1_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        return {};
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4U];
        hex += digits[digest[i] & 15U];
    }
    return hex;
}

void encode_touch(const StoreRequest& request, SendQueue& out) {
    static const std::string sha = sha1_of(touch_script);
    const bool by_text = sha.empty() || request.script_unknown;
    out.begin_command(5);
    out.argument(by_text ? "EVAL" : "EVALSHA");
    out.argument(by_text ? touch_script : std::string_view(sha));
    out.argument("1");
    out.argument(request.key);
    out.argument(request.ttl.count());
}

void encode_extend(const StoreRequest& request, SendQueue& out) {
    const bool never_shorter = request.step == Step::extend;
    out.begin_command(never_shorter ? 4 : 3);
    out.argument("PEXPIRE");
    out.argument(request.key);
    out.argument(request.ttl.count());
    if (never_shorter) {
        out.argument("GT");
    }
}

void encode_set(const StoreRequest& request, SendQueue& out) {
    const bool absent_only = request.step == Step::set_if_absent;
    const bool expires = request.ttl.count() > 0;
    out.begin_command(3 + (absent_only ? 1 : 0) + (expires ? 2 : 0));
    out.argument("SET");
    out.argument(request.key);
    out.content(request.parts, request.size);
    if (absent_only) {
        out.argument("NX");
    }
    if (expires) {
        out.argument("PX");
        out.argument(request.ttl.count());
    }
}

}  // namespace

const std::string_view touch_script =
    "local left = redis.call('PTTL', KEYS[1]) "
    "if left == -2 then return 0 end "
    "local wanted = tonumber(ARGV[1]) "
    "if left >= 0 then "
    "if wanted <= 0 then redis.call('PERSIST', KEYS[1]) "
    "elseif left < wanted then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end "
    "end "
    "return 1";

Step StoreRequest::first_step(const Dialect& dialect) const {
    switch (kind) {
        case Kind::put:
            return Step::set;
        case Kind::deduplicate:
            return dialect.scripts ? Step::touch : Step::read_ttl;
        case Kind::get:
            return !wanted.expected && dialect.measures ? Step::measure : Step::get;
        case Kind::look_up:
        case Kind::ask_ttl:
            return Step::look_up;
    }
    return Step::get;
}

void encode(const StoreRequest& request, SendQueue& out) {
    switch (request.step) {
        case Step::touch:
            return encode_touch(request, out);
        case Step::read_ttl:
        case Step::look_up:
            return out.command({"PTTL", request.key});
        case Step::extend:
        case Step::extend_plainly:
            return encode_extend(request, out);
        case Step::persist:
            return out.command({"PERSIST", request.key});
        case Step::set:
        case Step::set_if_absent:
            return encode_set(request, out);
        case Step::measure:
            return out.command({"STRLEN", request.key});
        case Step::get:
            return out.command({"GET", request.key});
    }
}

bool* Dialect::needed_by(Step step) {
    switch (step) {
        case Step::touch:
            return &scripts;
        case Step::extend:
            return &extends_only;
        case Step::persist:
            return &persists;
        case Step::measure:
            return &measures;
        case Step::set_if_absent:
            return &sets_if_absent;
        default:
            return nullptr;
    }
}

bool learn(Dialect& dialect, Step step, std::string_view error) {
    bool* const ability = dialect.needed_by(step);
    // Whatever else it may be: the other commands meet it too, and then it is known by what it says. A
    // content is sent in vain only if the error is clear.
    const bool lacking = may_lack_command(error) ||
                         (step != Step::set_if_absent && classify_error(error).action == ErrorAction::wait);
    if (ability == nullptr || !lacking) {
        return false;
    }
    *ability = false;
    return true;
}

}  // namespace framebridge::store
