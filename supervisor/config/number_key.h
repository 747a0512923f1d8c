// Numbers that callers dial and call from, as they are compared. Source: gms.md 1.5.
#pragma once

#include <string>
#include <string_view>

namespace outpost::supervisor {

// Two numbers are one when their keys are equal. Blanks, tabs, "-", "(", ")" and "." do not count, letters do in either
// case (1-888-call-me1), and so does anything else, as a leading "+". ASCII only: other bytes compare as they are.
std::string number_key(std::string_view number);

}  // namespace outpost::supervisor
