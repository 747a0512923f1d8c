#include "supervisor/ctl/view/table.h"

#include <algorithm>

#include "common/text.h"
#include "supervisor/ctl/view/width.h"

namespace outpost::supervisor::ctl {

Table::Table(std::vector<Column> columns)
    : columns_(std::move(columns)),
      titles_due_(std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); })) {
  for (const Column& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = escape_control(cells[i]);
    widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

std::string Table::take() {
  std::string out;
  if (titles_due_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.emplace_back(column.title);
    append_line(out, titles);
    titles_due_ = false;
  }
  for (const auto& row : rows_) append_line(out, row);
  rows_.clear();
  return out;
}

void Table::append_line(std::string& out, const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    std::string padding(widths_[i] - display_width(cells[i]), ' ');
    line += columns_[i].align == Align::right ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace outpost::supervisor::ctl
