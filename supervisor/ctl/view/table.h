// Aligned columns for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::supervisor::ctl {

// Control bytes in cells are escaped, so that no record can play tricks on a terminal.
class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string_view title;  // must outlive the table
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns);
  // Missing cells are empty, further ones are dropped.
  void add(std::vector<std::string> cells);
  // The rows added since the last call, one line each, below the titles the first time (unless all titles are empty).
  // Column widths only grow, so a long table can be taken in pieces.
  std::string take();

 private:
  void append_line(std::string& out, const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool titles_due_;
};

}  // namespace outpost::supervisor::ctl
