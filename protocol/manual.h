// The manual of messages, made from the tables: channel families, requests, attributes, enumerations, errors.
#pragma once

#include <string>

namespace outpost::protocol {

// Markdown; the same text for the same sources.
std::string messages_manual();

}  // namespace outpost::protocol
