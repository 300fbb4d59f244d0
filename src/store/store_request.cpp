#include "store/store_request.h"

namespace framebridge::store {

namespace {

void encode_touch(const StoreRequest& request, std::string_view script_sha, SendQueue& out) {
    const bool by_text = script_sha.empty() || request.script_unknown;
    out.begin_command(5);
    out.argument(by_text ? "EVAL" : "EVALSHA");
    out.argument(by_text ? touch_script : script_sha);
    out.argument("1");
    out.argument(request.key);
    out.argument(request.ttl.count());
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
        const bool whole_seconds = request.ttl.count() % 1000 == 0;
        out.argument(whole_seconds ? "EX" : "PX");
        out.argument(whole_seconds ? request.ttl.count() / 1000 : request.ttl.count());
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

void encode(const StoreRequest& request, std::string_view script_sha, SendQueue& out) {
    switch (request.step) {
        case Step::touch:
            return encode_touch(request, script_sha, out);
        case Step::set:
        case Step::set_if_absent:
            return encode_set(request, out);
        case Step::get:
            return out.command({"GET", request.key});
        case Step::look_up:
            return out.command({"PTTL", request.key});
    }
}

}  // namespace framebridge::store
