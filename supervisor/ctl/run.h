#pragma once

namespace outpost::supervisor::ctl {

int run(int argc, char** argv);

}  // namespace outpost::supervisor::ctl
