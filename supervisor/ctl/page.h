// What outpostctl(1) says beside the commands.
#pragma once

#include "common/manual_page.h"

namespace outpost::supervisor::ctl {

// The last list is that of the exit statuses, which --help shows as well.
PageFacts page_facts();

}  // namespace outpost::supervisor::ctl
