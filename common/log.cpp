#include "common/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <iterator>
#include <system_error>
#include <thread>

#include "common/log_files.h"
#include "common/log_queue.h"
#include "common/text.h"

namespace outpost {

namespace {

constexpr std::size_t kRecordBytesMax = 16 * 1024;
// A record begins with it. The log's thread, which keeps the text of the second, puts the stamp there.
constexpr std::string_view kStampRoom = "yyyy-mm-ddThh:mm:ss.mmm ";
constexpr std::string_view kCutText = "... (cut)";
// In the form of an attribute, so that the mark ends no block.
constexpr std::string_view kCutLine = "\t'...'\t'cut'\n";
constexpr std::string_view kTooSlow = "the disk was too slow";

constexpr std::array<std::string_view, kLogLevelWords.size()> kLevelsInFile{"Std", "Int", "Trc", "Dbg"};

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
void append_cut(std::string& out, std::string_view text, std::size_t bytes_max) {
  std::size_t begin = out.size();
  append_escaped(out, text.substr(0, bytes_max + 1));
  std::string_view safe = std::string_view(out).substr(begin);
  if (safe.size() > bytes_max) out.replace(begin + cut_position(safe, bytes_max - kCutText.size()), out.npos, kCutText);
}

// Never waits: a terminal that is held or a pipe that nobody reads must not stop the log.
void write_to_stderr(std::string_view prefix, std::string_view line) {
  pollfd terminal{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&terminal, 1, 0) != 1 || (terminal.revents & POLLOUT) == 0) return;
  std::string whole = std::string(prefix).append(line.substr(0, PIPE_BUF - prefix.size()));
  if (whole.size() == PIPE_BUF) whole.back() = '\n';  // cut: the next line begins a line
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, whole.data(), whole.size());
}

// What a thread makes its records in, so that none of the usual size asks for memory.
thread_local std::string record_in_making;

std::string& begin_record() {
  record_in_making.assign(kStampRoom);
  return record_in_making;
}

// The far end of the queue: run() is the log's thread.
class LogWriter {
 public:
  LogWriter(std::unique_ptr<LogFiles> files, Settings& settings, LogQueue& queue, const Log::Options& options)
      : files_(std::move(files)),
        settings_(settings),
        queue_(queue),
        stamps_(!options.bare),
        echoes_(options.echo_to_stderr),
        to_journal_(echoes_ && stderr_is_journal()) {}

  [[nodiscard]] const LogFiles& files() const { return *files_; }

  static LogTime now() { return std::chrono::system_clock::now(); }

  void run() {
    // Signals are the main thread's; a SIGPIPE from the echo becomes an error of write().
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    LogBatch batch;
    while (queue_.take(batch)) write(batch);
  }

 private:
  void write(LogBatch& batch) {
    if (batch.dropped() > 0) files_->note_loss(batch.dropped(), kTooSlow);
    change_segment(now());
    while (auto record = batch.next()) {
      if (stamps_) {
        std::string_view stamp = files_->stamp(record->time);
        std::copy_n(stamp.begin(), std::min(stamp.size(), kStampRoom.size() - 1), record->text.begin());
      }
      std::string_view lines(record->text.data(), record->text.size());
      files_->set_limits({settings_.segment_bytes, settings_.segment_hours, settings_.keep_files});
      // Not the record's time, which may be long ago: segments are named in the order of their making.
      files_->append(lines, now());
      if (echoes_ && record->echoed) echo(lines, *record->echoed);
    }
    // Somebody may be following the file: nothing stays in the buffer while the log is idle.
    files_->flush(now());
  }

  // The journal stamps a line itself.
  void echo(std::string_view lines, Severity severity) {
    if (to_journal_) return write_to_stderr(journal_prefix(severity), lines.substr(kStampRoom.size()));
    write_to_stderr("", lines);
  }

  void change_segment(LogTime now) {
    if (settings_.reopen_wanted.exchange(false)) files_->begin_segment(now);
    if (int segment = settings_.next_segment.exchange(-1); segment >= 0) files_->take_segment(segment, now);
  }

  std::unique_ptr<LogFiles> files_;
  Settings& settings_;
  LogQueue& queue_;
  const bool stamps_;
  const bool echoes_;
  const bool to_journal_;
};

}  // namespace

struct Log::Impl {
  Impl(const Options& options, std::unique_ptr<LogFiles> files)
      : settings{options.level, options.segment_bytes, options.segment_hours, options.keep_files},
        link_path(files->link_path()),
        writer(std::move(files), settings, queue, options) {}

  Settings settings;
  const std::string link_path;
  LogQueue queue;
  LogWriter writer;
  std::thread thread;
};

Result<std::unique_ptr<Log>> Log::open(Options options) {
  auto files = LogFiles::open(options, LogWriter::now());
  if (!files) return pass(files);
  return start(options, *std::move(files));
}

Result<std::unique_ptr<Log>> Log::adopt(Options options, int segment, std::function<void()> want_segment) {
  return start(options, LogFiles::adopt(options, segment, std::move(want_segment), LogWriter::now()));
}

Result<std::unique_ptr<Log>> Log::start(const Options& options, std::unique_ptr<LogFiles> files) {
  auto impl = std::make_unique<Impl>(options, std::move(files));
  try {
    impl->thread = std::thread([&writer = impl->writer] { writer.run(); });
  } catch (const std::system_error& error) {
    return fail(Errc::io, "cannot start the thread of the log: {}", error.what());
  }
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// Ends the log's thread, which writes out what is queued, before anything that it uses goes.
Log::~Log() {
  impl_->queue.end();
  impl_->thread.join();
  if (int segment = impl_->settings.next_segment; segment >= 0) ::close(segment);
}

bool Log::wants(LogLevel level) const noexcept {
  return level <= impl_->settings.level.load(std::memory_order_relaxed);
}

void Log::write_formatted(LogMessage message, fmt::string_view text, fmt::format_args args) {
  fmt::memory_buffer formatted;
  fmt::vformat_to(fmt::appender(formatted), text, args);
  write_line(message, {formatted.data(), formatted.size()});
}

void Log::write_line(LogMessage message, std::string_view text) {
  if (!wants(message.level)) return;
  std::string& record = begin_record();
  fmt::format_to(std::back_inserter(record), "{} {:05} ", kLevelsInFile[static_cast<std::size_t>(message.level)],
                 message.number);
  append_cut(record, text, kRecordBytesMax);
  record += '\n';
  impl_->queue.put(LogWriter::now(),
                   message.level == LogLevel::standard ? std::optional(message.severity) : std::nullopt, record);
}

void Log::write_block(LogLevel level, std::string_view first_line, std::string_view attribute_lines) {
  if (!wants(level)) return;
  std::string& record = begin_record();
  append_cut(record, first_line, kRecordBytesMax / 2);
  record += '\n';
  std::size_t room = kStampRoom.size() + kRecordBytesMax - record.size();
  if (attribute_lines.size() <= room) {
    record += attribute_lines;
  } else {
    std::size_t last_end = attribute_lines.rfind('\n', room - kCutLine.size() - 1);
    record.append(attribute_lines.substr(0, last_end == std::string::npos ? 0 : last_end + 1)).append(kCutLine);
  }
  impl_->queue.put(LogWriter::now(), std::nullopt, record);
}

void Log::write_bare(std::string_view line) {
  std::string& record = record_in_making;
  record.assign(line.substr(0, kRecordBytesMax)) += '\n';
  impl_->queue.put(LogWriter::now(), std::nullopt, record);
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
  impl_->queue.wake();
}

void Log::take_segment(int segment) {
  if (int unused = impl_->settings.next_segment.exchange(segment); unused >= 0) ::close(unused);
  impl_->queue.wake();
}

std::uint64_t Log::lines_lost() const noexcept { return impl_->queue.dropped() + impl_->writer.files().lost(); }

std::string Log::link_path() const { return impl_->link_path; }

}  // namespace outpost
