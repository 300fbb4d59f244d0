#include "runtime/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace framebridge::runtime {

namespace {

using prometheus::MetricType;

void add(std::vector<prometheus::MetricFamily>& families, std::string name, std::string help, MetricType type,
         double value) {
    prometheus::ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families.push_back({std::move(name), std::move(help), type, {metric}});
}

/// The fields of /proc/self/stat behind the name, which may hold blanks: the first is proc(5)'s third.
std::vector<double> stat_fields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    std::vector<double> fields;
    if (name_end == std::string::npos) {
        return fields;
    }
    std::istringstream rest(line.substr(name_end + 1));
    char state = 0;
    rest >> state;
    fields.push_back(0);
    for (double field = 0; rest >> field;) {
        fields.push_back(field);
    }
    return fields;
}

/// When the system started, in seconds since 1970.
double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;) {
        double seconds = 0;
        if (word == "btime" && file >> seconds) {
            return seconds;
        }
    }
    return 0;
}

double open_descriptors() {
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
         entry.increment(error)) {
        ++count;
    }
    return count;
}

}  // namespace

std::vector<prometheus::MetricFamily> process_metrics() {
    // Places in stat_fields(), by proc(5)'s numbers.
    constexpr std::size_t utime = 14 - 3;
    constexpr std::size_t stime = 15 - 3;
    constexpr std::size_t threads = 20 - 3;
    constexpr std::size_t starttime = 22 - 3;
    constexpr std::size_t vsize = 23 - 3;
    constexpr std::size_t rss = 24 - 3;
    std::vector<prometheus::MetricFamily> families;
    const auto stat = stat_fields();
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    if (stat.size() > rss && ticks > 0) {
        add(families, "process_cpu_seconds_total", "User and system processor time", MetricType::Counter,
            (stat[utime] + stat[stime]) / ticks);
        add(families, "process_start_time_seconds", "Start of the process, since 1970 in UTC",
            MetricType::Gauge, boot_time() + stat[starttime] / ticks);
        add(families, "process_threads", "Threads of the process", MetricType::Gauge, stat[threads]);
        add(families, "process_virtual_memory_bytes", "Virtual memory", MetricType::Gauge, stat[vsize]);
        add(families, "process_resident_memory_bytes", "Resident memory", MetricType::Gauge,
            stat[rss] * static_cast<double>(sysconf(_SC_PAGESIZE)));
    }
    add(families, "process_open_fds", "Open file descriptors", MetricType::Gauge, open_descriptors());
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        add(families, "process_max_fds", "File descriptors that may be open", MetricType::Gauge,
            static_cast<double>(limit.rlim_cur));
    }
    return families;
}

}  // namespace framebridge::runtime
