#include "proxy/http/request_reader.h"

namespace outpost::proxy {

void RequestReader::renew(const Settings& settings) {
  if (parser_ && (settings_version_ == settings.version || !is_idle())) return;
  settings_version_ = settings.version;
  parser_.emplace(settings.http, settings.wanted_headers());
}

void RequestReader::give_up(const Settings& settings) {
  if (!parser_->request().body.empty()) parser_.emplace(settings.http, settings.wanted_headers());
}

void RequestReader::drop_rest() {
  std::string().swap(rest_);
  rest_used_ = 0;
}

}  // namespace outpost::proxy
