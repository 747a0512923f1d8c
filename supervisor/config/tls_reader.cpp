#include "supervisor/config/tls_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/io/access.h"
#include "common/text.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

// What the system trusts is larger than what anybody else has.
constexpr std::size_t kSystemCaBytesMax = 1024 * 1024;

// The option with the line that it has, or else its section's entry.
OptionFinding place_of(const OptionSettings& settings, const Place& place, std::string_view name) {
  const OptionTable& table = config_options().table();
  std::size_t index = place.index == kSingle ? 0 : place.index;
  for (std::size_t s = 0; s < table.size() && s < settings.sections.size(); ++s) {
    if (table[s].name != place.section || index >= settings.sections[s].size()) continue;
    const OptionSettings::Instance& instance = settings.sections[s][index];
    OptionFinding found{instance.line, fmt::format("{}.{}", instance.path, name)};
    for (std::size_t r = 0; r < table[s].rows.size(); ++r) {
      if (table[s].rows[r].name == name && instance.rows[r].line != 0) found.line = instance.rows[r].line;
    }
    return found;
  }
  return {0, place.option(name)};
}

struct FilePlace {
  std::string path;
  bool is_credential = false;
};

// Where the file is that an option names. Credentials are in a folder that the service manager makes for each start.
Result<FilePlace> locate(const std::string& named) {
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials && *credentials == '\0') credentials = nullptr;
  if (named.starts_with(kCredentials)) {
    if (credentials) {
      std::string path = fmt::format("{}/{}", credentials, named.substr(kCredentials.size()));
      return FilePlace{path, path.find("/../") == path.npos};
    }
    return fail(Errc::invalid,
                "cannot be found: the environment of outpostd has no CREDENTIALS_DIRECTORY; valid: LoadCredential= in "
                "the unit that starts it, or an absolute path");
  }
  bool inside = credentials && named.starts_with(std::string(credentials) + '/');
  return FilePlace{named, inside && named.find("/../") == named.npos};
}

// Nobody but its owner may do anything with a private key, and the owner is us or root. systemd lets the service's user
// read a credential of root by an access control list, whose mask shows as the group's permission.
Result<> check_key_file(const struct stat& info, bool is_credential) {
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, "is no regular file");
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return fail(Errc::invalid, "belongs to the user with the number {}; valid: the user of outpostd, or root",
                info.st_uid);
  }
  if ((info.st_mode & (is_credential ? 037 : 077)) != 0) {
    return fail(Errc::invalid,
                "has the mode {:04o}, so others than its owner may use it; valid: 0600 or 0400 (chmod 600)",
                info.st_mode & 07777);
  }
  return {};
}

Result<std::string> read_bounded(const std::string& named, bool is_key, std::size_t bytes_max = kTlsFileBytesMax) {
  auto place = locate(named);
  if (!place) return pass(place);
  // A pipe would be waited for.
  int fd = open(place->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail_access(errno, "cannot be opened", place->path, Access::read);
  struct stat info {};
  Result<> good = fstat(fd, &info) != 0    ? Result<>(fail_errno(errno, "cannot be examined"))
                  : is_key                 ? check_key_file(info, place->is_credential)
                  : !S_ISREG(info.st_mode) ? Result<>(fail(Errc::invalid, "is no regular file"))
                                           : Result<>();
  std::string text(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (good && size < text.size()) {
    ssize_t n = read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) good = fail_errno(errno, "cannot be read");
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  close(fd);
  if (!good) return pass(good);
  if (size > bytes_max) return fail(Errc::limit, "has more than {}", human_bytes(bytes_max));
  text.resize(size);
  return text;
}

}  // namespace

OptionFinding finding(const OptionSettings& settings, const Place& place, std::string_view name,
                      std::string_view text) {
  OptionFinding found = place_of(settings, place, name);
  found.text += fmt::format(": {}", text);
  return found;
}

std::string untimely(const Certificate& one, std::int64_t now) {
  if (one.valid_till < now) return fmt::format("has expired on {}", date_text(one.valid_till));
  if (one.valid_from > now) return fmt::format("is not valid before {}", date_text(one.valid_from));
  return "";
}

const TlsFile& file_of(const Config& config, const std::string& path) {
  static const TlsFile kNone;
  auto found = config.tls_files.find(path);
  return found == config.tls_files.end() ? kNone : found->second;
}

void FileChanges::compare(const Place& place, std::string_view name, const std::string& was, const std::string& is) {
  if (was != is || is.empty() || file_of(before_, was).content == file_of(after_, is).content) return;
  found.push_back(fmt::format("{}: read again, new content, at once", place.option(name)));
}

void TlsReader::read_system_ca(const std::string& path, const Place& place, std::string_view name) {
  auto text = read_bounded(path, false, kSystemCaBytesMax);
  if (text) {
    config_.tls_files[path].content = *std::move(text);
    return;
  }
  findings.remarks.push_back(
      finding(settings_, place, name, fmt::format("{} {}; no server is trusted", path, text.error().text)));
}

bool TlsReader::check(const Place& place, std::string_view name, const std::string& path, const Result<>& result) {
  if (result) return true;
  findings.errors.push_back(
      finding(settings_, place, name, fmt::format("{} {}", escape_control(path), result.error().text)));
  return false;
}

bool TlsReader::read(const Place& place, std::string_view name, const std::string& path, bool is_key) {
  auto text = read_bounded(path, is_key);
  if (!text) return check(place, name, path, fail(text.error()));
  config_.tls_files[path].content = *std::move(text);  // one file may be certificate and key
  return true;
}

bool TlsReader::parse(const Place& place, std::string_view name, const std::string& path) {
  auto read = read_certificates(content(path));
  if (!read) return check(place, name, path, fail(read.error()));
  for (const Certificate& one : *read) watch_dates(place, name, path, one);
  config_.tls_files[path].certificates = *std::move(read);
  return true;
}

void TlsReader::watch_dates(const Place& place, std::string_view name, const std::string& path,
                            const Certificate& one) {
  std::string what = untimely(one, now_);
  if (what.empty() && one.valid_till < now_ + kExpirySoonSeconds) {
    what = fmt::format("expires on {}", date_text(one.valid_till));
  }
  if (what.empty()) return;
  findings.remarks.push_back(
      finding(settings_, place, name, fmt::format("{}: \"{}\" {}", escape_control(path), one.subject, what)));
}

}  // namespace outpost::supervisor
