#include "video_file_source/file_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "media_support/clips.h"

namespace framebridge::video_source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FileListTest : public testing::Test {
  protected:
    FileListTest() {
        std::filesystem::create_directory(folder_ / "deeper");
        for (const std::string name : {"b.mp4", "a.mp4", "c[1].mkv", ".hidden.mp4", "deeper/d.mp4"}) {
            std::ofstream(folder_ / name) << name;
        }
    }
    [[nodiscard]] std::vector<std::string> found(const std::string& location) const {
        std::vector<std::string> names;
        for (const auto& path : expand_location((folder_ / location).string())) {
            names.push_back(path.lexically_relative(folder_.path()).string());
        }
        return names;
    }
    test::TemporaryFolder folder_;
};

TEST_F(FileListTest, AFile) {
    EXPECT_THAT(found("b.mp4"), ElementsAre("b.mp4"));
}

TEST_F(FileListTest, AFileWhoseNameLooksLikeAPattern) {
    EXPECT_THAT(found("c[1].mkv"), ElementsAre("c[1].mkv"));
}

TEST_F(FileListTest, AFoldersFilesInOrder) {
    EXPECT_THAT(found(""), ElementsAre("a.mp4", "b.mp4", "c[1].mkv"));
}

TEST_F(FileListTest, APattern) {
    EXPECT_THAT(found("*.mp4"), ElementsAre("a.mp4", "b.mp4"));
    EXPECT_THAT(found("{b,a}.mp4"), ElementsAre("b.mp4", "a.mp4"));
    EXPECT_THAT(found("*/*.mp4"), ElementsAre("deeper/d.mp4"));
}

TEST_F(FileListTest, NothingThere) {
    EXPECT_THAT(found("missing.mp4"), IsEmpty());
    EXPECT_THAT(found("*.avi"), IsEmpty());
    EXPECT_THAT(found("d*"), IsEmpty());
}

}  // namespace
}  // namespace framebridge::video_source
