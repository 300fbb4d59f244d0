// All tests against Debian's Redis; against the other servers they are in tests/long/store.

#include "support/real_store_tests.h"

namespace framebridge::store {

INSTANTIATE_TEST_SUITE_P(, RealStore, testing::Values("redis"));
INSTANTIATE_TEST_SUITE_P(, RestartedStore, testing::Values("redis"));

}  // namespace framebridge::store
