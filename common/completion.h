// What shells complete of a command line, made from the command line itself.
#pragma once

#include <string>

#include "common/command_tree.h"

namespace outpost {

// For bash-completion's folder: a file with the program's name.
std::string bash_completion(const CommandTree& tree);
// For a folder of zsh's fpath: a file with an underscore and the program's name.
std::string zsh_completion(const CommandTree& tree);

}  // namespace outpost
