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

PartialFile create(const std::filesystem::path& target) {
    auto file = PartialFile::create(target);
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
}

TEST(PartialFile, HasItsNameOnlyWhenPublished) {
    const test::TemporaryFolder folder;
    auto file = create(folder / "clip.mp4");
    write(file.path(), "whole");
    EXPECT_THAT(folder.files(), ElementsAre(".clip.mp4.partial"));
    EXPECT_FALSE(file.publish());
    EXPECT_THAT(folder.files(), ElementsAre("clip.mp4"));
    EXPECT_EQ(read(folder / "clip.mp4"), "whole");
}

TEST(PartialFile, NeverReplacesAnother) {
    const test::TemporaryFolder folder;
    auto file = create(folder / "clip.mp4");
    write(file.path(), "later");
    write(folder / "clip.mp4", "earlier");
    EXPECT_EQ(file.publish(), std::errc::file_exists);
    EXPECT_EQ(read(folder / "clip.mp4"), "earlier");
    file.rename_target(folder / "clip2.mp4");
    EXPECT_FALSE(file.publish());
    EXPECT_EQ(read(folder / "clip2.mp4"), "later");
}

TEST(PartialFile, IsNotSharedNorFollowsALink) {
    const test::TemporaryFolder folder;
    const auto file = create(folder / "clip.mp4");
    EXPECT_EQ(PartialFile::create(folder / "clip.mp4").error(), std::errc::file_exists);
    write(folder / "precious", "kept");
    std::filesystem::create_symlink(folder / "precious", folder / ".link.mp4.partial");
    EXPECT_EQ(PartialFile::create(folder / "link.mp4").error(), std::errc::file_exists);
    EXPECT_FALSE(PartialFile::adopt(folder / ".link.mp4.partial"));
    std::filesystem::create_symlink(folder / "missing", folder / "name.mp4");
    EXPECT_EQ(PartialFile::create(folder / "name.mp4").error(), std::errc::file_exists);
    EXPECT_EQ(read(folder / "precious"), "kept");
}

TEST(PartialFile, WhatADeadProcessLeftCanBeAdopted) {
    const test::TemporaryFolder folder;
    {
        const auto file = create(folder / "clip.mp4");
        write(file.path(), "half");
        EXPECT_EQ(PartialFile::adopt(file.path()).error(), std::errc::device_or_resource_busy);
    }
    EXPECT_THAT(folder.files(), ElementsAre(".clip.mp4.partial"));
    auto adopted = PartialFile::adopt(folder / ".clip.mp4.partial");
    ASSERT_TRUE(adopted);
    EXPECT_EQ(adopted->target(), folder / "clip.mp4");
    EXPECT_FALSE(adopted->publish());
    EXPECT_EQ(read(folder / "clip.mp4"), "half");
}

TEST(PartialFile, LeavesNothingBehindThatIsEmptyOrDiscarded) {
    const test::TemporaryFolder folder;
    {
        const auto empty = create(folder / "empty.mp4");
    }
    auto file = create(folder / "clip.mp4");
    write(file.path(), "of no use");
    file.discard();
    EXPECT_THAT(folder.files(), IsEmpty());
}

}  // namespace
}  // namespace framebridge::media
