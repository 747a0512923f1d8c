#include "supervisor/mobile/notification/filter.h"

#include <vector>

namespace outpost::supervisor::mobile {

namespace {

constexpr char kAny = '*';

// Behind the first place of `part` in `text`; npos when it is not in it. Knuth, Morris and Pratt: what a stranger chose
// as filter and tag must not cost the product of their lengths.
std::size_t behind_first(std::string_view text, std::string_view part) {
  if (part.size() > text.size()) return std::string_view::npos;
  std::vector<std::size_t> fallback(part.size(), 0);
  for (std::size_t i = 1, matched = 0; i < part.size(); ++i) {
    while (matched > 0 && part[i] != part[matched]) matched = fallback[matched - 1];
    if (part[i] == part[matched]) ++matched;
    fallback[i] = matched;
  }
  std::size_t matched = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != part[matched]) matched = fallback[matched - 1];
    if (text[i] == part[matched]) ++matched;
    if (matched == part.size()) return i + 1;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_pattern(std::string_view filter) { return filter.find(kAny) != std::string_view::npos; }

std::string_view literal_prefix(std::string_view filter) { return filter.substr(0, filter.find(kAny)); }

bool filter_matches(std::string_view filter, std::string_view tag) {
  std::size_t star = filter.find(kAny);
  if (star == std::string_view::npos) return filter == tag;
  std::string_view last = filter.substr(filter.rfind(kAny) + 1);
  if (tag.size() < star + last.size()) return false;
  if (!tag.starts_with(filter.substr(0, star)) || !tag.ends_with(last)) return false;
  tag = tag.substr(star, tag.size() - star - last.size());
  // Between the first * and the last, each part at the earliest place: what is taken early leaves the most to the rest.
  std::string_view middle = filter.substr(star, filter.size() - star - last.size());
  while (!middle.empty()) {
    middle.remove_prefix(1);
    std::string_view part = middle.substr(0, middle.find(kAny));
    middle.remove_prefix(part.size());
    if (part.empty()) continue;
    std::size_t behind = behind_first(tag, part);
    if (behind == std::string_view::npos) return false;
    tag.remove_prefix(behind);
  }
  return true;
}

}  // namespace outpost::supervisor::mobile
