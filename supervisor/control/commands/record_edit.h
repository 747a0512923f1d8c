// What records set, recycle and delete make of a record, and why they leave one alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/control/commands/import_columns.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// A record as one text of fixed length: whoever compares knows whether it is as it was. Who holds it does not count.
std::string record_digest(const Record& record);

// Whether the do-not-call list of the list's tenant has the record's contact or customer.
Result<bool> may_not_be_called(RecordStore& store, const CallingList& list, const Record& record);

// What that will read, for a store that reads ahead.
void foresee_listed(Foresight& foresight, const CallingList& list, const Record& record);

class RecordEdit {
 public:
  enum class Kind : std::uint8_t { set, recycle, remove };
  enum class Verdict : std::uint8_t { change, unchanged, held, do_not_call, refused };
  struct Outcome {
    Verdict verdict = Verdict::unchanged;
    Record after;        // for `change`, but of a record that is removed
    std::string reason;  // for `refused`
  };

  // "command" is set, recycle or delete; set has "set": ["NAME=VALUE" ..]. Errc::invalid names all that is wrong with
  // them. Catalogue and list outlive the edit.
  static Result<RecordEdit> read(const Catalogue& catalogue, const CallingList& list, const JsonValue& arguments,
                                 const DueRule& due);

  [[nodiscard]] Kind kind() const { return kind_; }
  // By the record alone.
  [[nodiscard]] Outcome judge(const Record& record) const;
  // And by the rest of its chain and the do-not-call list.
  Result<Outcome> judge(RecordStore& store, const Record& record) const;

 private:
  struct Assignment {
    BoundColumn column;
    std::string value;
  };

  RecordEdit(const Catalogue& catalogue, const CallingList& list, Kind kind, const DueRule& due)
      : catalogue_(&catalogue), list_(&list), kind_(kind), due_(due) {}
  Result<> read_assignment(const std::string& text);
  Result<> assign(const Assignment& assignment, Record& record) const;
  Result<> assign_column(const Assignment& assignment, Record& record) const;
  Result<> assign_custom(Record& record) const;
  Result<> check(const Record& before, Record& after) const;
  Result<> check_callback(const Record& before, Record& after) const;

  const Catalogue* catalogue_;
  const CallingList* list_;
  Kind kind_;
  DueRule due_;
  std::vector<Assignment> assignments_;
};

}  // namespace outpost::supervisor
