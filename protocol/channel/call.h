// The Call family of the proxy channel: one HTTP request in no product's words, and its reply. Source: mobile.md 4.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/words.h"
#include "protocol/channel/describe.h"
#include "protocol/channel/request_ids.h"

namespace outpost::protocol {

// One name and its value, from the query, from a form, or from a JSON object.
struct CallParameter {
  std::string name;
  std::string value;
  bool is_file = false;
  std::string file_name;
  std::string content_type;

  static constexpr auto fields() {
    return std::tuple(field("name", &CallParameter::name, "UTF-8 without NUL"),
                      field("value", &CallParameter::value, "UTF-8, of a file any bytes", Privacy::secret),
                      field("is_file", &CallParameter::is_file, "whether it is a file of a form"),
                      field("file_name", &CallParameter::file_name, "as the client calls it; of a file only"),
                      field("content_type", &CallParameter::content_type, "of a file only; empty: not said"));
  }
  bool operator==(const CallParameter&) const = default;
};

// By what it was proved who calls.
enum class Proof : std::uint8_t { none, token, password };
inline constexpr std::array<std::string_view, 3> kProofWords{"none", "token", "password"};
constexpr std::span<const std::string_view> words_of(Proof) { return kProofWords; }

struct Call {
  std::uint64_t connection = 0;
  std::uint32_t sequence = 0;
  RequestIds ids;
  bool held = false;
  std::uint16_t route = 0;
  std::vector<std::string> captures;
  std::string json;
  std::string listener;
  bool external = false;
  std::string peer;
  std::vector<CallParameter> parameters;
  std::string user;
  Proof proof = Proof::none;
  std::string principal;

  static constexpr std::uint16_t kId = 17;
  static constexpr std::string_view kName = "Call";
  static constexpr std::string_view kText =
      "One HTTP request in no product's words; answered by a CallReply under the same correlation id.";
  static constexpr auto fields() {
    return std::tuple(field("connection", &Call::connection, "number of the HTTP connection, for the log"),
                      field("sequence", &Call::sequence, "number of the request on it, from 1, for the log"),
                      field("ids", &Call::ids, "what the client calls it, for the log"),
                      field("held", &Call::held, "whether it may be answered late; it does not count in the window"),
                      field("route", &Call::route, "row of the dialect's table of paths"),
                      field("captures", &Call::captures, "the parts of the path that are no constants"),
                      field("json", &Call::json, "the body, where it is JSON as a whole; empty for none"),
                      field("listener", &Call::listener, "name of the listener"),
                      field("external", &Call::external, "whether customers' machines reach it"),
                      field("peer", &Call::peer, "address of the client, for the log"),
                      field("parameters", &Call::parameters, "of query and body, each name once"),
                      field("user", &Call::user, "the header gms_user; empty for none"),
                      field("proof", &Call::proof, "by what it was proved who calls"),
                      field("principal", &Call::principal, "name of that token or pair of user and password"));
  }
};

struct CallReply {
  std::uint16_t status = 200;
  std::string content_type;
  std::string body;
  std::uint32_t retry_after_s = 0;
  bool more = false;
  std::string file_name;
  bool attachment = false;
  bool affinity = false;
  std::string challenge;

  static constexpr std::uint16_t kId = 18;
  static constexpr std::string_view kName = "CallReply";
  static constexpr std::string_view kText =
      "The answer to one Call. No field but the body holds CR or LF. That to a held Call may come in pieces, of which "
      "all but the first have nothing but a body.";
  static constexpr auto fields() {
    return std::tuple(field("status", &CallReply::status, "HTTP status"),
                      field("content_type", &CallReply::content_type, "of the body"),
                      field("body", &CallReply::body, "the bytes of the body"),
                      field("retry_after_s", &CallReply::retry_after_s, "Retry-After in seconds; 0: not said"),
                      field("more", &CallReply::more, "whether another piece follows; of a held Call only"),
                      field("file_name", &CallReply::file_name, "name of an attachment, UTF-8; empty: it has none"),
                      field("attachment", &CallReply::attachment, "whether the body is a file to be kept"),
                      field("affinity", &CallReply::affinity, "whether the client is to stay at this node"),
                      field("challenge", &CallReply::challenge, "WWW-Authenticate, for 401"));
  }
};

struct CallCancel {
  static constexpr std::uint16_t kId = 19;
  static constexpr std::string_view kName = "CallCancel";
  static constexpr std::string_view kText =
      "Nobody waits any more for the Request or Call of this correlation id. One that is held is never answered; an "
      "answer that met this is dropped.";
  static constexpr auto fields() { return std::tuple<>(); }
};

}  // namespace outpost::protocol
