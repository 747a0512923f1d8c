#include "supervisor/mobile/notification/localization.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <pugixml.hpp>
#include <utility>

#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr unsigned kParseFlags = pugi::parse_default | pugi::parse_doctype | pugi::parse_trim_pcdata;
// pugixml takes the halves of surrogate pairs, and what is beyond U+10FFFF.
constexpr std::string_view kNoCharacter = "a number between &# and ; is that of no character";

std::string language_key(std::string_view language) {
  std::string key = to_lower(language);
  std::ranges::replace(key, '_', '-');
  return key;
}

// Reads the elements, and says of the first that is wrong where it stands.
class FileReader {
 public:
  explicit FileReader(std::string_view xml) : xml_(xml) {}

  template <class... Args>
  auto refuse(std::ptrdiff_t offset, fmt::format_string<Args...> text, Args&&... args) const {
    std::size_t place = offset < 0 ? 0 : std::min(static_cast<std::size_t>(offset), xml_.size());
    int line = line_and_column(xml_, place).first;
    return fail(Errc::invalid, "line {}: {}", line, fmt::format(text, std::forward<Args>(args)...));
  }

  // Elements of this name alone stand in `parent`, beside comments.
  [[nodiscard]] Result<> check_children(const pugi::xml_node& parent, std::string_view name) const {
    for (const pugi::xml_node& child : parent.children()) {
      if (child.type() == pugi::node_doctype) return refuse(child.offset_debug(), "a document type is not taken");
      if (child.type() != pugi::node_element || name != child.name()) {
        return refuse(child.offset_debug(), "only elements <{}> may stand here", name);
      }
    }
    return {};
  }
  [[nodiscard]] Result<std::string> attribute(const pugi::xml_node& element, const char* name) const {
    std::string value = element.attribute(name).value();
    if (!is_utf8(value)) return refuse(element.offset_debug(), "{}", kNoCharacter);
    if (!value.empty()) return value;
    return refuse(element.offset_debug(), "the element <{}> needs the attribute {}", element.name(), name);
  }
  [[nodiscard]] Result<std::string> content(const pugi::xml_node& element) const {
    std::string made;
    for (const pugi::xml_node& child : element.children()) {
      if (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata) {
        return refuse(child.offset_debug(), "an element <{}> holds nothing but text", element.name());
      }
      made += child.value();
    }
    if (!is_utf8(made)) return refuse(element.offset_debug(), "{}", kNoCharacter);
    return made;
  }

 private:
  std::string_view xml_;
};

using LanguageTexts = std::map<std::string, std::string, std::less<>>;

Result<> read_texts_of(const FileReader& file, const pugi::xml_node& message, LanguageTexts& texts) {
  if (auto checked = file.check_children(message, "text"); !checked) return checked;
  for (const pugi::xml_node& element : message.children()) {
    auto language = file.attribute(element, "lang");
    if (!language) return pass(language);
    auto content = file.content(element);
    if (!content) return pass(content);
    if (!texts.emplace(language_key(*language), *std::move(content)).second) {
      return file.refuse(element.offset_debug(), "the message has its text in this language twice");
    }
  }
  return {};
}

}  // namespace

Result<Localization> Localization::parse(std::string_view xml) {
  if (xml.size() > kFileBytesMax) return fail(Errc::invalid, "it has more than {}", human_bytes(kFileBytesMax));
  if (!is_plain_text(xml)) return fail(Errc::invalid, "it is not UTF-8");
  pugi::xml_document document;
  pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size(), kParseFlags, pugi::encoding_utf8);
  FileReader file(xml);
  if (!parsed) return file.refuse(parsed.offset, "{}", parsed.description());
  if (auto checked = file.check_children(document, "messages"); !checked) return pass(checked);
  pugi::xml_node root = document.document_element();
  if (root.next_sibling()) return file.refuse(root.next_sibling().offset_debug(), "there is one element <messages>");
  if (auto checked = file.check_children(root, "message"); !checked) return pass(checked);
  Localization made;
  made.default_language_ = language_key(root.attribute("default").value());
  for (const pugi::xml_node& message : root.children()) {
    auto key = file.attribute(message, "key");
    if (!key) return pass(key);
    auto [place, is_new] = made.messages_.try_emplace(*std::move(key));
    if (!is_new) return file.refuse(message.offset_debug(), "the key of this message is that of another");
    if (auto read = read_texts_of(file, message, place->second); !read) return pass(read);
  }
  return made;
}

Result<Localization> Localization::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::io, "{}: cannot be opened", path);
  std::string bytes(kFileBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return fail(Errc::io, "{}: cannot be read", path);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  auto parsed = parse(bytes);
  if (!parsed) return fail(parsed.error().code, "{}: {}", path, parsed.error().text);
  return parsed;
}

std::string_view Localization::text(std::string_view key, std::string_view language) const {
  auto message = messages_.find(key);
  if (message == messages_.end()) return key;
  std::string wanted = language_key(language);
  for (const std::string& tag : {wanted, wanted.substr(0, wanted.find('-')), default_language_}) {
    if (auto found = message->second.find(tag); found != message->second.end()) return found->second;
  }
  return key;
}

}  // namespace outpost::supervisor::mobile
