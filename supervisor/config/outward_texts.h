// What the texts of options about what goes out mean, and what may be shown of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace outpost::supervisor {

// Why it is no address of http or https that can be posted to; empty when it is one, or no text at all. What libcurl
// makes of it is the courier's to find out. No user and password: what is secret has a place in http-custom-headers,
// where it is never shown.
std::string http_url_fault(std::string_view text);
// An address for people and logs: what a user or a query may have of secrets as ***.
std::string shown_http_url(const std::string& text);

// Words with commas between them, blanks around each allowed: why they are not all of `words`; empty when they are.
std::string word_list_fault(std::string_view list, std::span<const std::string_view> words);
bool has_word(std::string_view list, std::string_view word);

}  // namespace outpost::supervisor
