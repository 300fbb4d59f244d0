// Written by tests/system/options_table.py.
// clang-format off
#include "common/adapter_keys.h"

namespace framebridge {

options::AdapterKeys adapter_keys() {
    return {
        {"kafka-redis-sink",
         {"zmq-endpoint", "zmq-ipc-permissions", "zmq-receive-hwm", "source-id", "topic-prefix",
          "kafka-brokers", "kafka-topic", "kafka-create-topic", "kafka-create-topic-num-partitions",
          "kafka-create-topic-replication-factor", "kafka-create-topic-config", "kafka-config-file",
          "kafka-config", "kafka-linger-ms", "compacted-topic", "kafka-in-flight", "kafka-flush-interval",
          "kafka-flush-timeout", "redis-host", "redis-port", "redis-db", "redis-url", "redis-url-file",
          "redis-sentinel", "redis-master-name", "redis-advertise", "redis-durable", "redis-key-prefix",
          "redis-ttl-seconds", "ttl-policy", "deduplicate", "hash", "references", "redis-username",
          "redis-password", "redis-password-file", "redis-unix-socket", "redis-tls", "redis-tls-ca",
          "redis-tls-cert", "redis-tls-key", "redis-tls-server-name", "redis-tls-verify", "redis-timeout",
          "format", "on-shutdown", "shutdown-auth", "shutdown-auth-file", "dead-letter-topic", "queue-size",
          "max-in-flight-bytes", "max-message-bytes", "trace-sample", "metrics-sources", "shutdown-timeout",
          "fps-output", "fps-period-frames", "fps-period-seconds", "log-level", "log-format",
          "metrics-listen"}},
        {"kafka-redis-source",
         {"zmq-endpoint", "zmq-ipc-permissions", "zmq-send-hwm", "zmq-ack-timeout", "kafka-brokers",
          "kafka-topic", "kafka-create-topic", "kafka-create-topic-num-partitions",
          "kafka-create-topic-replication-factor", "kafka-create-topic-config", "kafka-config-file",
          "kafka-config", "kafka-group-id", "group-instance-id", "kafka-auto-offset-reset",
          "unreadable-record", "kafka-partition-assignment-strategy", "kafka-auto-commit-interval-ms",
          "kafka-max-poll-interval-ms", "kafka-session-timeout-ms", "kafka-prefetch-bytes",
          "kafka-poll-timeout", "revoke-timeout", "store-allow", "store-alias", "store-unreachable-limit",
          "redis-url", "redis-url-file", "redis-username", "redis-password", "redis-password-file",
          "redis-unix-socket", "redis-tls", "redis-tls-ca", "redis-tls-cert", "redis-tls-key",
          "redis-tls-server-name", "redis-tls-verify", "redis-timeout", "missing-frame", "missing-frame-wait",
          "missing-frame-grace", "verify-content", "from", "to", "end", "source-id", "source-id-prefix",
          "align", "align-limit", "clock", "clock-tolerance", "pace", "send-eos", "frames", "resume",
          "format", "on-shutdown", "shutdown-auth", "shutdown-auth-file", "dead-letter-topic", "queue-size",
          "max-in-flight-bytes", "max-message-bytes", "trace-sample", "metrics-sources", "shutdown-timeout",
          "fps-output", "fps-period-frames", "fps-period-seconds", "log-level", "log-format",
          "metrics-listen"}},
        {"video-file-sink",
         {"output-dir", "name-template", "container", "clock-start", "metadata", "fsync", "chunk-duration",
          "chunk-frames", "chunk-bytes", "close-idle-after", "zmq-endpoint", "zmq-ipc-permissions",
          "zmq-receive-hwm", "source-id", "topic-prefix", "format", "exit-after-eos", "idle-timeout", "wall",
          "shutdown-timeout", "fps-output", "fps-period-frames", "fps-period-seconds", "log-level",
          "log-format", "metrics-listen"}},
        {"video-file-source",
         {"location", "source-id", "source", "sort-by-time", "framerate", "read-metadata", "loop",
          "loop-count", "realtime", "eos-on-file-end", "end-of-stream-on-change", "allow-protocols", "watch",
          "watch-settle", "watch-ledger", "watch-move-to", "zmq-endpoint", "zmq-ipc-permissions",
          "zmq-send-hwm", "zmq-ack-timeout", "start-delay", "format", "savant-protocol-version",
          "shutdown-timeout", "fps-output", "fps-period-frames", "fps-period-seconds", "log-level",
          "log-format", "metrics-listen"}},
        {"video-stream-source",
         {"url", "url-file", "source-id", "username", "password", "password-file", "rtsp-transport",
          "tls-verify", "tls-ca", "device-size", "device-framerate", "device-format", "connect-timeout",
          "stall-timeout", "max-reconnect-delay", "pts", "end-of-stream-on-change", "slow-pipeline",
          "queue-size", "max-in-flight-bytes", "max-frame-bytes", "zmq-endpoint", "zmq-ipc-permissions",
          "zmq-send-hwm", "zmq-ack-timeout", "format", "savant-protocol-version", "shutdown-timeout",
          "fps-output", "fps-period-frames", "fps-period-seconds", "log-level", "log-format",
          "metrics-listen"}},
    };
}

}  // namespace framebridge
