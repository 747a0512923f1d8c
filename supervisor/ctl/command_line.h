// outpostctl's command line.
#pragma once

namespace outpost::supervisor::ctl {

// Does what the command line says; returns the exit status.
int run(int argc, char** argv);

}  // namespace outpost::supervisor::ctl
