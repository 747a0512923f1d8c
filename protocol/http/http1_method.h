// How a request begins: blank lines and the method. They are not left to llhttp, which gives up on an unknown method at
// the first letter that no known one has, when it cannot be told yet whether it will be a word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/http/http1.h"

namespace outpost::protocol {

class MethodReader {
 public:
  // Takes bytes from the front of `bytes` and adds those of the method to `method`, which begins empty. True: it is
  // whole, is known, and `bytes` begins with the blank behind it.
  tl::expected<bool, HttpError> read(std::string_view& bytes, std::string& method);

 private:
  std::size_t blank_bytes_ = 0;
};

HttpMethod method_called(std::string_view method);

}  // namespace outpost::protocol
