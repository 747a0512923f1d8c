// The form in which phones and customer ids are compared. The text stays as it was sent; this stands beside it, in an
// index.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// What a phone is known by: digits, letters, `*` and `#`, for they are keys of a phone, and the + in front; without
// white space, invisible characters, punctuation and symbols, and without tel: in front. Full-width and Arabic forms
// are those of ASCII. Of an address, which has an @ or begins with a letter: everything that can be seen, for
// punctuation carries meaning there. The letters A to Z compare alike in both cases. Where nothing would be left: what
// can be seen; where that is nothing: the text as it is.
//
// What a customer id is known by, which is a name that another system gives: the text without the invisible characters
// at both ends. Empty for one that cannot be seen: it is nobody's.
//
// Values are UTF-8; the key is at most as long. A change of what it says needs a migration of its own.
std::string contact_key(ContactKind kind, std::string_view value);

bool is_same_contact(ContactKind kind, std::string_view a, std::string_view b);

}  // namespace outpost::supervisor
