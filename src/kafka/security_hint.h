#pragma once

#include <string>
#include <string_view>

#include "kafka/handles.h"

namespace framebridge::kafka {

/// What to do about an error of permissions or security, as the end of a sentence (`; allow this client
/// ...`): it names the property or the ACL. Empty for other errors. `text` is what librdkafka says of it.
std::string security_hint(rd_kafka_resp_err_t code, std::string_view text);

/// Whether the server said in words that this client is not let in, as it is.
bool is_refusal(rd_kafka_resp_err_t code);

}  // namespace framebridge::kafka
