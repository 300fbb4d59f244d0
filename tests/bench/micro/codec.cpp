/// Decoding and rewriting, per message: golden ones, and frames with 0, 10 and 100 objects, whose cost must
/// be the same.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"
#include "protocol/msgpack_writer.h"
#include "savant.pb.h"

namespace framebridge {
namespace {

constexpr std::string_view reference_key = "savant:frames:6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const protocol::Content reference = protocol::ContentReference{"redis:6379:0", reference_key, 50'000, {}};

void decode_and_rewrite(benchmark::State& state, const std::string& message) {
    protocol::Envelope envelope;
    std::vector<std::optional<protocol::Content>> contents;
    std::string out;
    for (auto _ : state) {
        if (!decode(protocol::FormatChoice::automatic, message, envelope)) {
            state.SkipWithError("the message does not parse");
        }
        contents.assign(envelope.frames.size(), reference);
        rewrite(envelope, contents, out);
        benchmark::DoNotOptimize(out.data());
    }
    state.counters["bytes"] = static_cast<double>(message.size());
}

void only_decode(benchmark::State& state, const std::string& message) {
    protocol::Envelope envelope;
    for (auto _ : state) {
        if (!decode(protocol::FormatChoice::automatic, message, envelope)) {
            state.SkipWithError("the message does not parse");
        }
        benchmark::DoNotOptimize(envelope.frames.data());
    }
    state.counters["bytes"] = static_cast<double>(message.size());
}

protocol::VideoFrame make_frame() {
    protocol::VideoFrame frame;
    frame.source_id = "camera-1";
    frame.uuid = protocol::make_uuid();
    frame.framerate = "30/1";
    frame.width = 1920;
    frame.height = 1080;
    frame.codec = "h264";
    frame.keyframe = true;
    frame.content = protocol::AttachedContent{};
    return frame;
}

/// Of about the size that a detection with a few attributes has in either format.
std::string object(std::int64_t number) {
    return "object " + std::to_string(number) + std::string(193, 'x');
}

std::string native_objects(std::int64_t objects) {
    std::string out;
    protocol::MsgpackWriter writer(out);
    writer.array(static_cast<std::size_t>(objects));
    for (std::int64_t number = 0; number < objects; ++number) {
        writer.map(3);
        writer.text("id");
        writer.integer(number);
        writer.text("label");
        writer.text(object(number));
        writer.text("box");
        writer.array(4);
        for (std::int64_t corner = 0; corner < 4; ++corner) {
            writer.integer(100 * corner);
        }
    }
    return out;
}

std::string native_message(std::int64_t objects, bool packed) {
    auto message = encode(protocol::Format::native, make_frame());
    std::string added;
    protocol::MsgpackWriter writer(added);
    writer.text("objects");
    if (packed) {
        writer.binary(native_objects(objects));
    } else {
        added += native_objects(objects);
    }
    // The head of a map of up to 15 entries is one byte.
    const auto head = static_cast<unsigned char>(message[0]);
    if (head < 0x80 || head >= 0x8f) {
        throw std::logic_error("the native encoder writes another head");
    }
    ++message[0];
    return message + added;
}

std::string savant_message(std::int64_t objects) {
    constexpr int objects_field = 25;
    protocol::savant::wire::Message message;
    if (!message.ParseFromString(encode(protocol::Format::savant, make_frame()))) {
        throw std::logic_error("what the savant encoder wrote does not parse");
    }
    auto* frame = message.mutable_video_frame();
    auto* unknown = frame->GetReflection()->MutableUnknownFields(frame);
    for (std::int64_t number = 0; number < objects; ++number) {
        unknown->AddLengthDelimited(objects_field, object(number));
    }
    return message.SerializeAsString();
}

void objects_native(benchmark::State& state) {
    decode_and_rewrite(state, native_message(state.range(0), false));
}
BENCHMARK(objects_native)->Arg(0)->Arg(10)->Arg(100);

/// All objects in one value.
void objects_native_packed(benchmark::State& state) {
    decode_and_rewrite(state, native_message(state.range(0), true));
}
BENCHMARK(objects_native_packed)->Arg(0)->Arg(10)->Arg(100);

void objects_savant(benchmark::State& state) {
    decode_and_rewrite(state, savant_message(state.range(0)));
}
BENCHMARK(objects_savant)->Arg(0)->Arg(10)->Arg(100);

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const int golden_registered = [] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(FRAMEBRIDGE_GOLDEN_DIR)) {
        if (entry.path().extension() != ".bin") {
            continue;
        }
        const auto name = entry.path().parent_path().filename().string() + "/" + entry.path().stem().string();
        const auto message = read_file(entry.path());
        benchmark::RegisterBenchmark(("decode/" + name).c_str(),
                                     [message](benchmark::State& state) { only_decode(state, message); });
        protocol::Envelope envelope;
        if (decode(protocol::FormatChoice::automatic, message, envelope) && !envelope.frames.empty()) {
            benchmark::RegisterBenchmark(
                ("decode_rewrite/" + name).c_str(),
                [message](benchmark::State& state) { decode_and_rewrite(state, message); });
        }
    }
    return 0;
}();

}  // namespace
}  // namespace framebridge
