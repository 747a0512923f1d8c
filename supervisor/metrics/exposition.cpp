#include "supervisor/metrics/exposition.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "common/histogram.h"
#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::array<std::string_view, 2> kMetricUnits{"seconds", "bytes"};

std::string_view unit_of(std::string_view name) {
  for (std::string_view unit : kMetricUnits) {
    if (name.ends_with(unit)) return unit;
  }
  return {};
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Inf" : "+Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

// OpenMetrics wants bounds as floats, and a bound must read the same in both forms: it is a label. With fewer digits
// than a double has, for 100 times 1e-6 is not quite 0.0001.
std::string bound_text(double bound) {
  std::string text = fmt::format("{:.12g}", bound);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

// Names are UTF-8 by their sources; were one not, the whole text would be refused for it.
void append_quoted(std::string& out, std::string_view text) {
  bool utf8 = is_utf8(text);
  for (char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += utf8 || static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
  }
}

// The weight of a media range in an Accept header: its parameter q.
double weight_of(std::string_view range) {
  std::size_t at = range.find(";q=");
  if (at == range.npos) return 1;
  double weight = 0;
  std::string_view text = range.substr(at + 3);
  auto read = std::from_chars(text.data(), text.data() + text.size(), weight);
  return read.ec == std::errc() ? weight : 0;
}

}  // namespace

// --- Which form ------------------------------------------------------------------------------------------------------

std::string_view content_type(MetricsFormat format) {
  return format == MetricsFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                              : "text/plain; version=0.0.4; charset=utf-8";
}

MetricsFormat metrics_format(std::string_view accept) {
  double openmetrics = 0;
  double other = 0;
  std::string lower = to_lower(accept);
  std::erase_if(lower, [](char c) { return c == ' ' || c == '\t'; });
  for (std::string_view rest = lower; !rest.empty();) {
    std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), range.size() + 1));
    std::string_view type = range.substr(0, range.find(';'));
    if (type == "application/openmetrics-text") {
      openmetrics = std::max(openmetrics, weight_of(range));
    } else if (type == "text/plain" || type == "text/*" || type == "*/*") {
      other = std::max(other, weight_of(range));
    }
  }
  return openmetrics > 0 && openmetrics >= other ? MetricsFormat::openmetrics : MetricsFormat::prometheus;
}

// --- One metric ------------------------------------------------------------------------------------------------------

MetricFamily::MetricFamily(MetricsFormat format, MetricType type, std::string_view name, std::string_view help)
    : format_(format), type_(type), name_(name), help_(help) {}

// The beginning of a sample, up to its value.
void MetricFamily::begin(std::string_view suffix, MetricLabels labels, std::string_view bound) {
  samples_ += name_;
  samples_ += suffix;
  char before = '{';
  auto label = [&](std::string_view key, std::string_view value) {
    samples_ += before;
    samples_ += key;
    samples_ += "=\"";
    append_quoted(samples_, value);
    samples_ += '"';
    before = ',';
  };
  for (const auto& [key, value] : labels) label(key, value);
  if (!bound.empty()) label("le", bound);
  if (before == ',') samples_ += '}';
  samples_ += ' ';
}

void MetricFamily::add_text(MetricLabels labels, std::string_view value) {
  begin(type_ == MetricType::counter ? "_total" : type_ == MetricType::info ? "_info" : "", labels);
  samples_ += value;
  samples_ += '\n';
}

void MetricFamily::add(MetricLabels labels, std::uint64_t value) { add_text(labels, std::to_string(value)); }

void MetricFamily::add(MetricLabels labels, std::int64_t value) { add_text(labels, std::to_string(value)); }

void MetricFamily::add(MetricLabels labels, double value) {
  std::string text;
  append_double(text, value);
  add_text(labels, text);
}

void MetricFamily::add(MetricLabels labels, const BucketCounts& counts) {
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < counts.counts.size(); ++i) {
    up_to = saturated_sum(up_to, counts.counts[i]);
    bool last = i >= counts.bounds.size();
    begin("_bucket", labels, last ? "+Inf" : bound_text(static_cast<double>(counts.bounds[i]) * counts.unit));
    fmt::format_to(std::back_inserter(samples_), "{}\n", up_to);
  }
  begin("_sum", labels);
  append_double(samples_, static_cast<double>(counts.sum) * counts.unit);
  samples_ += '\n';
  begin("_count", labels);
  fmt::format_to(std::back_inserter(samples_), "{}\n", up_to);
}

void MetricFamily::append_to(std::string& out) const {
  bool open = format_ == MetricsFormat::openmetrics;
  // The older form names what a sample is called, the newer one the metric.
  std::string_view suffix;
  if (!open && type_ == MetricType::counter) suffix = "_total";
  if (!open && type_ == MetricType::info) suffix = "_info";
  std::string_view type = !open && type_ == MetricType::info ? "gauge" : word_of(type_);
  fmt::format_to(std::back_inserter(out), "# HELP {}{} {}\n# TYPE {}{} {}\n", name_, suffix, help_, name_, suffix,
                 type);
  std::string_view unit = unit_of(name_);
  if (open && !unit.empty()) fmt::format_to(std::back_inserter(out), "# UNIT {} {}\n", name_, unit);
  out += samples_;
}

// --- All of them -----------------------------------------------------------------------------------------------------

MetricFamily& MetricsWriter::of(MetricType type, std::string_view name, std::string_view help) {
  auto known = std::ranges::find(families_, name, &MetricFamily::name);
  return known != families_.end() ? *known : families_.emplace_back(format_, type, name, help);
}

std::string MetricsWriter::text() const {
  std::string out;
  for (const MetricFamily& family : families_) family.append_to(out);
  if (format_ == MetricsFormat::openmetrics) out += "# EOF\n";
  return out;
}

}  // namespace outpost::supervisor
