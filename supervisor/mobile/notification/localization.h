// Texts of events in the languages of their readers, from an XML file:
//
//   <messages default="en">
//     <message key="K"><text lang="en">..</text><text lang="de-DE">..</text></message>
//   </messages>
//
// Entities that the file would define are not expanded: a document type is refused. Source: gms.md 3.7.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost::supervisor::mobile {

class Localization {
 public:
  static constexpr std::size_t kFileBytesMax = 1024 * 1024;

  // Has no texts: each key stands for itself.
  Localization() = default;
  // Errc::invalid with a sentence that names the line where there is one.
  static Result<Localization> parse(std::string_view xml);
  // The same of a file; errors begin with its path. Blocks; for the start.
  static Result<Localization> load(const std::string& path);

  // That of the language ("de-DE"; case does not matter, _ is -), of its primary subtag ("de"), of the default; the key
  // itself when there is none. Good for as long as this and `key`.
  [[nodiscard]] std::string_view text(std::string_view key, std::string_view language) const;
  [[nodiscard]] std::size_t messages() const { return messages_.size(); }

 private:
  using Texts = std::map<std::string, std::string, std::less<>>;  // by language

  std::string default_language_;
  std::map<std::string, Texts, std::less<>> messages_;  // by key
};

}  // namespace outpost::supervisor::mobile
