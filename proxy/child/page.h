// The manual page of a child's program, as outpost-proxy(8).
#pragma once

#include <string>
#include <vector>

namespace outpost::proxy {

struct ChildPage {
  std::string name;
  std::string about;
  std::vector<std::string> paragraphs;
  bool binds = false;  // it may fail to have a port
};

std::string child_page(const ChildPage& page);

}  // namespace outpost::proxy
