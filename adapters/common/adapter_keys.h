#pragma once

#include "options/setting.h"

namespace framebridge {

/// The keys that each adapter takes in a config file. An adapter checks the tables of others with it.
options::AdapterKeys adapter_keys();

}  // namespace framebridge
