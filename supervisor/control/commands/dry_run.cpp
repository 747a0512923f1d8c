#include "supervisor/control/commands/dry_run.h"

#include <functional>

#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

namespace {

enum class What : std::uint8_t { contact, customer, chain };

std::uint64_t key_of(What what, std::string_view text) {
  std::uint64_t hash = std::hash<std::string_view>()(text);
  return hash * 3 + static_cast<std::uint64_t>(what);
}

std::uint64_t key_of_chain(std::int64_t chain_id, std::string_view customer_id) {
  return chain_id == 0 ? key_of(What::customer, contact_key(ContactKind::customer_id, customer_id))
                       : key_of(What::chain, std::to_string(chain_id));
}

}  // namespace

bool DryRun::has_contact(std::string_view contact) const {
  return rows_.contains(key_of(What::contact, contact_key(ContactKind::phone, contact)));
}

std::int32_t DryRun::rows_in_chain(std::int64_t chain_id, std::string_view customer_id) const {
  auto found = rows_.find(key_of_chain(chain_id, customer_id));
  return found == rows_.end() ? 0 : found->second;
}

Result<> DryRun::take(const Record& record, bool chained) {
  auto counted = count(key_of(What::contact, contact_key(ContactKind::phone, record.contact_info)));
  bool in_chain = record.chain_id != 0 || (chained && !record.customer_id.empty());
  if (!counted || !in_chain) return counted;
  return count(key_of_chain(record.chain_id, record.customer_id));
}

Result<> DryRun::count(std::uint64_t key) {
  ++rows_[key];
  if (rows_.size() <= kRememberedMax) return {};
  return fail(Errc::limit, "a dry run remembers at most {} contacts and chains: divide the file", kRememberedMax);
}

}  // namespace outpost::supervisor
