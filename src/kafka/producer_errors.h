#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "kafka/handles.h"
#include "kafka/producer.h"

namespace framebridge::kafka {

/// Of an error that says that the broker will never take a batch, by its records' own fault: what becomes of
/// a record that was refused alone. All other errors may pass: a wrong clock is set, a topic configured anew.
std::optional<DeliveryStatus> refusal(rd_kafka_resp_err_t error);
std::string refusal_reason(rd_kafka_resp_err_t error, std::string_view topic, std::size_t size);

/// Whether the error only follows from another one, which has its own report.
bool is_consequence(rd_kafka_resp_err_t error);

/// What to do about an error that may pass, as the end of a sentence; empty if nothing is known.
std::string hint(rd_kafka_resp_err_t error);

}  // namespace framebridge::kafka
