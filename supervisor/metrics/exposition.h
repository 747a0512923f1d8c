// Metrics as text, in the two forms that scrapers read: Prometheus text 0.0.4 and OpenMetrics 1.0.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/words.h"

namespace outpost::supervisor {

enum class MetricsFormat : std::uint8_t { prometheus, openmetrics };
// Of HTTP.
std::string_view content_type(MetricsFormat format);
// What a client wants that sends this Accept header: OpenMetrics when it is named and nothing else is preferred.
MetricsFormat metrics_format(std::string_view accept);

enum class MetricType : std::uint8_t { counter, gauge, histogram, info };
inline constexpr std::array<std::string_view, 4> kMetricTypeWords{"counter", "gauge", "histogram", "info"};
constexpr std::span<const std::string_view> words_of(MetricType) { return kMetricTypeWords; }

// Names are constants; values come from configuration and catalogue, never from a client.
using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// What is counted in buckets, in whole units of which `unit` make one of the metric's: microseconds, 1e-6.
struct BucketCounts {
  std::span<const std::uint64_t> bounds;
  std::span<const std::uint64_t> counts;  // one more than there are bounds, of each bucket alone
  std::uint64_t sum = 0;
  double unit = 1;
};

// One metric. Each of its samples has other labels.
class MetricFamily {
 public:
  MetricFamily(MetricsFormat format, MetricType type, std::string_view name, std::string_view help);

  void add(MetricLabels labels, std::uint64_t value);
  void add(MetricLabels labels, std::int64_t value);
  void add(MetricLabels labels, double value);
  void add(MetricLabels labels, bool value) { add(labels, std::uint64_t{value}); }
  void add(MetricLabels labels, const BucketCounts& counts);

  [[nodiscard]] std::string_view name() const { return name_; }
  void append_to(std::string& out) const;

 private:
  void begin(std::string_view suffix, MetricLabels labels, std::string_view bound = {});
  void add_text(MetricLabels labels, std::string_view value);

  MetricsFormat format_;
  MetricType type_;
  std::string name_;
  std::string help_;
  std::string samples_;
};

// Collects metrics from whoever has some. Those of one name stand together, whoever adds to them, as both forms want
// it.
class MetricsWriter {
 public:
  explicit MetricsWriter(MetricsFormat format) : format_(format) {}

  // The metric of this name, which is made at the first call. A name has no suffix of its type ("_total", "_info") and
  // ends with its unit when it has one ("_seconds", "_bytes"). Good for as long as the writer.
  MetricFamily& counter(std::string_view name, std::string_view help) { return of(MetricType::counter, name, help); }
  MetricFamily& gauge(std::string_view name, std::string_view help) { return of(MetricType::gauge, name, help); }
  MetricFamily& histogram(std::string_view name, std::string_view help) {
    return of(MetricType::histogram, name, help);
  }
  // Facts as labels; the value of each sample is 1.
  MetricFamily& info(std::string_view name, std::string_view help) { return of(MetricType::info, name, help); }

  [[nodiscard]] MetricsFormat format() const { return format_; }
  // In the order in which the metrics were made.
  [[nodiscard]] std::string text() const;

 private:
  MetricFamily& of(MetricType type, std::string_view name, std::string_view help);

  MetricsFormat format_;
  std::deque<MetricFamily> families_;
};

}  // namespace outpost::supervisor
