// Bytes in, bytes out, through the real connection: every response is whole and in order, however the bytes arrive and
// whenever the answers come. The first byte is the size of the pieces, the second says when answers come.
#include "proxy/connection.h"

#include <charconv>
#include <deque>

#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_dir.h"

using namespace outpost;
using namespace outpost::proxy;

namespace {

class FakeStream final : public ByteStream {
 public:
  struct Seen {
    std::string written;
    bool finished = false;
    bool reading = false;
  };
  explicit FakeStream(Seen& seen) : seen_(seen) {}

  void set_events(Events*) override {}
  void start_reading() override { seen_.reading = true; }
  void pause_reading() override { seen_.reading = false; }
  void write(std::string_view bytes) override {
    CHECK(!seen_.finished, "bytes were written behind the end");
    seen_.written += bytes;
  }
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  [[nodiscard]] bool blocked() const override { return false; }
  void finish_writing() override { seen_.finished = true; }
  [[nodiscard]] std::string peer() const override { return "127.0.0.1:1"; }

 private:
  Seen& seen_;
};

}  // namespace
