#include "media/partial_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "media_support/clips.h"

namespace framebridge::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PartialFile, HasItsNameOnlyWhenPublished) {
    const test::TemporaryFolder folder;
    PartialFile file(folder / "clip.mp4");
    write(file.path(), "whole");
    EXPECT_THAT(folder.files(), ElementsAre(".clip.mp4.partial"));
    EXPECT_FALSE(file.publish());
    EXPECT_THAT(folder.files(), ElementsAre("clip.mp4"));
    EXPECT_EQ(read(folder / "clip.mp4"), "whole");
}

TEST(PartialFile, IsRemovedIfNotPublished) {
    const test::TemporaryFolder folder;
    {
        const PartialFile file(folder / "clip.mp4");
        write(file.path(), "half");
    }
    EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(PartialFile, NeverReplacesAnother) {
    const test::TemporaryFolder folder;
    write(folder / "clip.mp4", "earlier");
    PartialFile file(folder / "clip.mp4");
    write(file.path(), "later");
    EXPECT_EQ(file.publish(), std::errc::file_exists);
    EXPECT_EQ(read(folder / "clip.mp4"), "earlier");
    file.rename_target(folder / "clip2.mp4");
    EXPECT_FALSE(file.publish());
    EXPECT_EQ(read(folder / "clip2.mp4"), "later");
}

}  // namespace
}  // namespace framebridge::media
