#include "zmq/sender.h"

#include "zmq/request_sender.h"
#include "zmq/stream_sender.h"

namespace framebridge::zmq {

std::unique_ptr<Sender> open_sender(const SenderConfig& config) {
    if (config.endpoint.type == SocketType::req) {
        return std::make_unique<RequestSender>(config);
    }
    return std::make_unique<StreamSender>(config);
}

}  // namespace framebridge::zmq
