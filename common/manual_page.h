// Manual pages in mdoc(7), made from what the programs themselves go by: their command lines and the option table.
#pragma once

#include <string>
#include <vector>

#include "common/command_tree.h"
#include "common/options.h"

namespace outpost {

// What the tables do not say.
struct PageFacts {
  struct Entry {
    std::string term;
    std::string text;
  };
  struct List {
    std::string heading;  // "FILES"; in the order of mdoc(7)
    std::vector<Entry> entries;
  };

  std::string name;
  std::string section;  // "8"
  std::string about;    // in a few words, without a full stop
  std::vector<std::string> paragraphs;
  std::vector<List> lists;
  std::vector<std::string> see_also;  // "outpostd 8", in the order of section and name
};

std::string command_page(const PageFacts& facts, const CommandTree& tree);
std::string options_page(const PageFacts& facts, const OptionTable& table);

}  // namespace outpost
