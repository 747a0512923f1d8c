#include "common/log.h"

#include <poll.h>
#include <pthread.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <exception>
#include <iterator>

#include "common/log_files.h"
#include "common/text.h"

namespace outpost {

namespace {

// At most 8192 records wait, so at most 128 MiB of the largest; the queue itself takes 3 MiB.
constexpr std::size_t kQueueRecords = 8192;
constexpr std::size_t kRecordBytesMax = 16 * 1024;
constexpr std::chrono::seconds kFlushInterval{1};
constexpr std::string_view kCutText = "... (cut)";
// In the form of an attribute, so that the mark ends no block.
constexpr std::string_view kCutLine = "\t'...'\t'cut'\n";
constexpr std::string_view kTooSlow = "the disk was too slow";

constexpr std::array<std::string_view, kLogLevelWords.size()> kLevelsInFile{"Std", "Int", "Trc", "Dbg"};

// How a record says that it is to be echoed too: by its level in spdlog, which otherwise filters nothing here.
constexpr spdlog::level::level_enum kEchoed = spdlog::level::critical;
constexpr spdlog::level::level_enum kPlain = spdlog::level::info;

// What callers change and the log's thread reads.
struct Settings {
  std::atomic<LogLevel> level;
  std::atomic<std::uint64_t> segment_bytes;
  std::atomic<std::uint32_t> segment_hours;
  std::atomic<std::uint32_t> keep_files;
  std::atomic<bool> reopen_wanted{false};
  std::atomic<int> next_segment{-1};  // came from elsewhere, to be used by the log's thread; -1: none
};

// Where escaped text can be cut so that at most `bytes_max` are left and no escape or UTF-8 character is split.
std::size_t cut_position(std::string_view safe, std::size_t bytes_max) {
  std::size_t end = 0;
  for (;;) {
    std::size_t next = end + 1;
    if (safe[end] == '\\') {
      next = end + (safe[end + 1] == 'x' ? 4 : 2);
    } else {
      while (next < end + 4 && (static_cast<unsigned char>(safe[next]) & 0xC0) == 0x80) ++next;
    }
    if (next > bytes_max) return end;
    end = next;
  }
}

// Appends `text` escaped, cut with a mark when it would take more than `bytes_max`.
void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max) {
  std::string safe = escape_control(text.substr(0, bytes_max + 1));
  if (safe.size() <= bytes_max) {
    out += safe;
  } else {
    out.append(safe, 0, cut_position(safe, bytes_max - kCutText.size())).append(kCutText);
  }
}

// Never waits: a terminal that is held or a pipe that nobody reads must not stop the log.
void echo(std::string_view line) {
  pollfd terminal{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&terminal, 1, 0) != 1 || (terminal.revents & POLLOUT) == 0) return;
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
}

// The far end of the queue: everything here but the constructor runs on the log's thread.
class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  Sink(std::unique_ptr<LogFiles> files, Settings& settings, spdlog::details::thread_pool& queue, bool echoes)
      : files_(std::move(files)), settings_(settings), queue_(queue), echoes_(echoes) {}

  [[nodiscard]] const LogFiles& files() const { return *files_; }

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    // Not the record's time, which may be long ago: segments are named in the order of their making.
    auto now = spdlog::log_clock::now();
    files_->set_limits({settings_.segment_bytes, settings_.segment_hours, settings_.keep_files});
    change_segment(now);
    std::size_t waiting = queue_.queue_size();
    if (waiting < kQueueRecords / 2) note_overruns();

    line_ = files_->stamp(record.time);
    line_ += ' ';
    line_.append(record.payload.data(), record.payload.size());
    files_->append(line_, now);
    if (echoes_ && record.level == kEchoed) echo(line_);

    // Somebody may be following the file: nothing stays in the buffer while the log is idle.
    if (waiting == 0 || now >= flushed_at_ + kFlushInterval || now < flushed_at_) {
      files_->flush(now);
      flushed_at_ = now;
    }
  }

  void flush_() override {
    auto now = spdlog::log_clock::now();
    change_segment(now);
    files_->flush(now);
  }

  void change_segment(LogFiles::Time now) {
    if (settings_.reopen_wanted.exchange(false)) files_->begin_segment(now);
    if (int segment = settings_.next_segment.exchange(-1); segment >= 0) files_->take_segment(segment, now);
  }

  void note_overruns() {
    std::uint64_t overruns = queue_.overrun_counter();
    if (overruns == overruns_noted_) return;
    files_->note_loss(overruns - overruns_noted_, kTooSlow);
    overruns_noted_ = overruns;
  }

  std::unique_ptr<LogFiles> files_;
  Settings& settings_;
  spdlog::details::thread_pool& queue_;
  const bool echoes_;
  std::string line_;
  std::uint64_t overruns_noted_ = 0;
  LogFiles::Time flushed_at_;
};

}  // namespace

struct Log::Impl {
  Settings settings;
  std::string link_path;
  std::shared_ptr<Sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> queue;
  std::shared_ptr<spdlog::async_logger> logger;

  void post(spdlog::level::level_enum level, std::string_view record) {
    logger->log(spdlog::log_clock::now(), spdlog::source_loc{}, level,
                spdlog::string_view_t(record.data(), record.size()));
  }
};

Result<std::unique_ptr<Log>> Log::open(Options options) {
  auto files = LogFiles::open(options, spdlog::log_clock::now());
  if (!files) return pass(files);
  return start(std::move(options), *std::move(files));
}

Result<std::unique_ptr<Log>> Log::adopt(Options options, int segment, std::function<void()> want_segment) {
  auto files = LogFiles::adopt(options, segment, std::move(want_segment), spdlog::log_clock::now());
  return start(std::move(options), std::move(files));
}

Result<std::unique_ptr<Log>> Log::start(Options options, std::unique_ptr<LogFiles> files) {
  try {
    std::unique_ptr<Impl> impl(
        new Impl{{options.level, options.segment_bytes, options.segment_hours, options.keep_files}, {}, {}, {}, {}});
    impl->link_path = files->link_path();
    // Signals are the main thread's; a SIGPIPE from the echo becomes an error of write().
    impl->queue = std::make_shared<spdlog::details::thread_pool>(kQueueRecords, 1, [] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, nullptr);
    });
    impl->sink = std::make_shared<Sink>(std::move(files), impl->settings, *impl->queue, options.echo_to_stderr);
    impl->logger = std::make_shared<spdlog::async_logger>(options.name, impl->sink, impl->queue,
                                                          spdlog::async_overflow_policy::overrun_oldest);
    impl->logger->set_level(spdlog::level::trace);
    impl->logger->set_error_handler([](const std::string&) {});
    return std::unique_ptr<Log>(new Log(std::move(impl)));
  } catch (const std::exception& error) {
    return fail(Errc::io, "cannot start the thread of the log: {}", error.what());
  }
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// Ends the log's thread, which writes out what is queued, before anything that it uses goes.
Log::~Log() {
  impl_->queue.reset();
  if (int segment = impl_->settings.next_segment; segment >= 0) ::close(segment);
}

bool Log::wants(LogLevel level) const noexcept {
  return level <= impl_->settings.level.load(std::memory_order_relaxed);
}

void Log::write_line(LogMessage message, std::string text) {
  if (!wants(message.level)) return;
  std::string record = fmt::format("{} {:05} ", kLevelsInFile[static_cast<std::size_t>(message.level)], message.number);
  append_escaped(record, text, kRecordBytesMax);
  record += '\n';
  impl_->post(message.level == LogLevel::standard ? kEchoed : kPlain, record);
}

void Log::write_block(LogLevel level, std::string first_line, std::string attribute_lines) {
  if (!wants(level)) return;
  std::string record;
  append_escaped(record, first_line, kRecordBytesMax / 2);
  record += '\n';
  if (record.size() + attribute_lines.size() <= kRecordBytesMax) {
    record += attribute_lines;
  } else {
    std::size_t room = kRecordBytesMax - record.size() - kCutLine.size();
    std::size_t last_end = attribute_lines.rfind('\n', room - 1);
    record.append(attribute_lines, 0, last_end == std::string::npos ? 0 : last_end + 1).append(kCutLine);
  }
  impl_->post(kPlain, record);
}

void Log::reconfigure(LogLevel level, std::uint64_t segment_bytes, std::uint32_t segment_hours,
                      std::uint32_t keep_files) {
  impl_->settings.level = level;
  impl_->settings.segment_bytes = segment_bytes;
  impl_->settings.segment_hours = segment_hours;
  impl_->settings.keep_files = keep_files;
}

void Log::reopen() {
  impl_->settings.reopen_wanted = true;
  // Wakes the log's thread; should this go under in a full queue, the next record reminds it.
  impl_->logger->flush();
}

void Log::take_segment(int segment) {
  if (int unused = impl_->settings.next_segment.exchange(segment); unused >= 0) ::close(unused);
  impl_->logger->flush();
}

std::uint64_t Log::lines_lost() const noexcept { return impl_->queue->overrun_counter() + impl_->sink->files().lost(); }

std::string Log::link_path() const { return impl_->link_path; }

}  // namespace outpost
