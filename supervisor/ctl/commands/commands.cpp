#include "supervisor/ctl/commands/commands.h"

namespace outpost::supervisor::ctl {

Exit exit_of(const Error& error) {
  switch (error.code) {
    case Errc::closed:
    case Errc::timeout:
    case Errc::protocol: return Exit::unreachable;
    case Errc::io:
    case Errc::limit: return Exit::file;
    default: return Exit::refused;
  }
}

}  // namespace outpost::supervisor::ctl
