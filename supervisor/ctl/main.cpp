#include "supervisor/ctl/command_line.h"

int main(int argc, char** argv) { return outpost::supervisor::ctl::run(argc, argv); }
