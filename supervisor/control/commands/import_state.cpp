#include "supervisor/control/commands/import_state.h"

#include <array>
#include <utility>

namespace outpost::supervisor {

namespace {

constexpr std::string_view kChainedMark = " chain-by-customer";
constexpr std::array<std::pair<Duplicates, std::string_view>, 3> kDuplicates = {
    {{Duplicates::keep, "keep"}, {Duplicates::skip, "skip"}, {Duplicates::refuse, "refuse"}}};

std::string_view name_of(Duplicates duplicates) { return kDuplicates[static_cast<std::size_t>(duplicates)].second; }

// Nothing for keep: so are imports marked that began before there was a choice.
std::string duplicates_mark(Duplicates duplicates) {
  return duplicates == Duplicates::keep ? std::string() : fmt::format(" duplicates-{}", name_of(duplicates));
}

std::string marked(const std::string& source, const ImportManner& manner) {
  return source + std::string(manner.chained ? kChainedMark : "") + duplicates_mark(manner.duplicates);
}

// The last import of this source, in whatever manner.
Result<std::optional<ImportState>> last_import(RecordStore& store, const CallingList& list, const std::string& source) {
  std::optional<ImportState> last;
  for (bool chained : {false, true}) {
    for (const auto& [duplicates, name] : kDuplicates) {
      auto found = store.find_import(list.dbid, marked(source, {chained, duplicates}));
      if (!found) return pass(found);
      if (*found && (!last || (*found)->import_id > last->import_id)) last = std::move(**found);
    }
  }
  return last;
}

std::string describe_difference(const ImportManner& began, const ImportManner& asked) {
  std::string text;
  if (began.chained != asked.chained) text = began.chained ? "with --chain-by" : "without --chain-by";
  if (began.duplicates != asked.duplicates) {
    text += fmt::format("{}with --duplicates {}", text.empty() ? "" : " and ", name_of(began.duplicates));
  }
  return text;
}

}  // namespace

std::optional<Duplicates> parse_duplicates(std::string_view name) {
  for (const auto& [duplicates, known] : kDuplicates) {
    if (name == known) return duplicates;
  }
  return std::nullopt;
}

ImportManner manner_of(const ImportState& state) {
  ImportManner manner;
  std::string_view source = state.source;
  for (Duplicates duplicates : {Duplicates::skip, Duplicates::refuse}) {
    std::string mark = duplicates_mark(duplicates);
    if (!source.ends_with(mark)) continue;
    manner.duplicates = duplicates;
    source.remove_suffix(mark.size());
    break;
  }
  manner.chained = source.ends_with(kChainedMark);
  return manner;
}

Result<ImportState> new_import(RecordStore& store, const CallingList& list, const std::string& source,
                               const ImportManner& manner) {
  auto id = store.take_ids(IdKind::import, 1);
  if (!id) return pass(id);
  ImportState state;
  state.import_id = *id;
  state.list_dbid = list.dbid;
  state.source = marked(source, manner);
  state.next_line = 1;
  if (auto put = store.put_import(state); !put) return pass(put);
  return state;
}

Result<std::optional<ImportState>> resumed_import(RecordStore& store, const CallingList& list,
                                                  const std::string& source, const ImportManner& manner) {
  auto known = last_import(store, list, source);
  if (!known || !*known) return known;
  if ((*known)->finished) {
    return fail(Errc::exists,
                "this file was imported into \"{}\" before ({} rows); --restart imports it once more, with "
                "--duplicates skip only what the list has not",
                list.name, (*known)->rows);
  }
  if (ImportManner began = manner_of(**known); began != manner) {
    return fail(Errc::exists,
                "the import of this file into \"{}\" began {} and stands at {} rows: it goes on only so; "
                "--restart begins another, beside the rows that are there",
                list.name, describe_difference(began, manner), (*known)->rows);
  }
  return known;
}

Result<ImportState> find_import(RecordStore& store, std::int64_t import_id) {
  auto state = store.import(import_id);
  if (!state) return pass(state);
  if (!*state) return fail(Errc::not_found, "there is no import {}", import_id);
  return std::move(**state);
}

}  // namespace outpost::supervisor
