#include "supervisor/ctl/run.h"

int main(int argc, char** argv) { return outpost::supervisor::ctl::run(argc, argv); }
