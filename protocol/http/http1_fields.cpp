#include "protocol/http/http1_fields.h"

#include <algorithm>

#include "common/text.h"
#include "protocol/http/http1_errors.h"

namespace outpost::protocol {

namespace {

constexpr std::size_t kNameBytesKept = 32;  // longer names are none that we read

constexpr std::array<std::string_view, kHttpFields - 2> kNames = {
    "host",          "accept",     "content-encoding",  "idempotency-key",
    "authorization", "connection", "transfer-encoding", "expect"};

HttpField field_called(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (equal_ignoring_case(name, kNames[i])) return static_cast<HttpField>(i);
  }
  return HttpField::other;
}

}  // namespace

std::optional<HttpError> HttpFields::on_name(std::string_view bytes, std::size_t place, const HttpLimits& limits) {
  if (!in_name_) {
    in_name_ = true;
    name_.clear();
    field_start_ = place;
    if (++count_ > limits.header_fields_max) return HttpError{431, "There are too many header fields."};
  }
  // One byte beyond what is kept tells a longer name from a name that we read.
  name_.append(bytes.substr(0, kNameBytesKept + 1 - std::min(name_.size(), kNameBytesKept + 1)));
  return on_bytes(bytes, place, limits);
}

std::optional<HttpError> HttpFields::on_name_complete(HttpRequest& request, std::span<const WantedHeader> wanted,
                                                      bool is_trailer) {
  in_name_ = false;
  field_ = is_trailer ? HttpField::other : field_called(name_);  // trailers are dropped
  if (field_ == HttpField::other && !is_trailer) return find_further(request, wanted);
  bool again = ++seen_[static_cast<std::size_t>(field_)] > 1;
  if (again && field_ == HttpField::host) return HttpError{400, "Host must be given once."};
  if (again && field_ == HttpField::idempotency_key) return HttpError{400, "Idempotency-Key must be given once."};
  if (again && field_ == HttpField::authorization) return HttpError{400, "Authorization must be given once."};
  if (std::string* text = destination(request); text && again) *text += ", ";
  return std::nullopt;
}

std::optional<HttpError> HttpFields::find_further(HttpRequest& request, std::span<const WantedHeader> wanted) {
  auto header = std::ranges::find_if(wanted, [this](const auto& one) { return equal_ignoring_case(name_, one.name); });
  if (header == wanted.end()) return std::nullopt;
  field_ = HttpField::further;
  auto seen = std::ranges::find(request.further, header->name, &FurtherHeader::name);
  further_ = static_cast<std::size_t>(seen - request.further.begin());
  if (seen == request.further.end()) {
    request.further.push_back({header->name, {}});
    return std::nullopt;
  }
  if (!header->once.empty()) return HttpError{400, header->once};
  seen->value += ", ";
  return std::nullopt;
}

void HttpFields::keep_buffers(HttpFields& old) {
  name_ = std::move(old.name_);  // begins empty with each field
}

std::optional<HttpError> HttpFields::on_value(HttpRequest& request, std::string_view bytes, std::size_t place,
                                              const HttpLimits& limits) {
  if (std::string* text = destination(request)) text->append(bytes);
  return on_bytes(bytes, place, limits);
}

std::optional<HttpError> HttpFields::on_bytes(std::string_view bytes, std::size_t place, const HttpLimits& limits) {
  field_end_ = place + bytes.size();
  if (bytes_ + (field_end_ - field_start_) > limits.header_bytes_max) return kHeadersTooLong;
  return std::nullopt;
}

void HttpFields::on_value_complete(HttpRequest& request) {
  bytes_ += field_end_ - field_start_ + std::string_view("\r\n").size();
  if (std::string* text = destination(request)) text->erase(text->find_last_not_of(" \t") + 1);
}

std::string* HttpFields::destination(HttpRequest& request) {
  switch (field_) {
    case HttpField::host: return &request.host;
    case HttpField::accept: return &request.accept;
    case HttpField::content_encoding: return &request.content_encoding;
    case HttpField::idempotency_key: return &request.idempotency_key;
    case HttpField::authorization: return &request.authorization;
    case HttpField::connection: return &connection_;
    case HttpField::transfer_encoding: return &transfer_encoding_;
    case HttpField::expect: return &expect_;
    case HttpField::further: return &request.further[further_].value;
    case HttpField::other: break;
  }
  return nullptr;
}

}  // namespace outpost::protocol
