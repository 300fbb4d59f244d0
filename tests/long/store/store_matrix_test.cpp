// All tests of a real store against the servers other than Debian's Redis.

#include "support/real_store_tests.h"

namespace framebridge::store {

const auto by_name = [](const auto& info) { return info.param; };
INSTANTIATE_TEST_SUITE_P(, RealStore, testing::ValuesIn(test::other_store_servers()), by_name);
INSTANTIATE_TEST_SUITE_P(, RestartedStore, testing::ValuesIn(test::other_store_servers()), by_name);

}  // namespace framebridge::store
