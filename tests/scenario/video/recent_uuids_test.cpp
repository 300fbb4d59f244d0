#include "video_file_sink/recent_uuids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace framebridge::video_sink {
namespace {

TEST(RecentUuids, KnowsTheLastOnes) {
    RecentUuids recent(3);
    for (int uuid = 0; uuid < 1000; ++uuid) {
        EXPECT_TRUE(recent.insert(std::to_string(uuid)));
        EXPECT_FALSE(recent.insert(std::to_string(uuid)));
        EXPECT_FALSE(recent.insert(std::to_string(std::max(uuid - 2, 0))));
    }
    EXPECT_TRUE(recent.insert("996"));
}

}  // namespace
}  // namespace framebridge::video_sink
