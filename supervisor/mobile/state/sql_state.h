// What the engines share: which statement answers which call of StateStore. Included by the engines alone. An engine
// runs statements:
//
//   Result<> write(StateSql, bind)                  one that changes the store, and whose answer nobody waits for
//   Result<std::int64_t> change(StateSql, bind)     how many rows it changed
//   Result<> read(StateSql, bind, each)             each(row) for each row
//   Result<> read_locked(StateSql, bind, each)      the same; the rows are locked until the transaction ends
//
// `bind` and `row` are those of store/sql/binding.h.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"
#include "supervisor/mobile/state/columns.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/mobile/state/statements.h"
#include "supervisor/store/sql/binding.h"
#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

template <class Engine>
class SqlState : public StateStore {
 public:
  [[nodiscard]] std::uint64_t writes() const noexcept final { return writes_; }

  Result<> put_area(const StateArea& area, std::chrono::seconds ttl) final {
    if (Result<> good = plain({area.id, area.owner, area.texts}); !good) return good;
    Result<> done = write(StateSql::put_area, bind_values(area.id, area.owner, area.texts, ms(ttl)));
    // Behind the area, whose row is locked now: whoever puts another one here waits.
    return done ? write(StateSql::remove_files, bind_values(area.id)) : done;
  }
  Result<std::optional<StateArea>> lock_area(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    std::optional<StateArea> found;
    Result<> read =
        engine().read_locked(StateSql::lock_area, bind_values(id), [&](auto& row) { found = row_of<StateArea>(row); });
    if (!read) return pass(read);
    return found;
  }
  Result<> update_area(std::string_view id, std::string_view texts, std::chrono::seconds ttl) final {
    if (Result<> good = plain({id, texts}); !good) return good;
    return write(StateSql::update_area, bind_values(id, texts, ms(ttl)));
  }
  Result<> set_texts(std::string_view id, std::string_view texts) final {
    if (Result<> good = plain({id, texts}); !good) return good;
    return write(StateSql::set_texts, bind_values(id, texts));
  }
  Result<> put_file(const StateFile& file) final {
    if (Result<> good = plain({file.area, file.key, file.content_type, file.name}); !good) return good;
    return write(StateSql::put_file, bind_values(file.area, file.key, file.content_type, file.name, Bytes{file.bytes}));
  }
  Result<bool> remove_file(std::string_view area, std::string_view key) final {
    if (Result<> good = plain({area, key}); !good) return pass(good);
    return changes(StateSql::remove_file, bind_values(area, key));
  }
  Result<bool> remove_area(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    Result<bool> removed = changes(StateSql::remove_area, bind_values(id));
    // Only then are they surely those of what was removed, and not of what somebody else has just put there.
    if (!removed || !*removed) return removed;
    if (Result<> done = write(StateSql::remove_files, bind_values(id)); !done) return pass(done);
    return true;
  }

  Result<std::optional<StateArea>> area(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return one<StateArea>(StateSql::area, bind_values(id));
  }
  Result<std::vector<StateFile>> files(std::string_view area) final;
  Result<std::optional<StateFile>> file(std::string_view area, std::string_view key) final;
  Result<std::int64_t> count_areas(std::int64_t limit) final {
    return number(StateSql::count_areas, bind_values(limit));
  }

  Result<bool> claim_node(const StateNode& self, std::chrono::milliseconds stale, NodeClaim claim) final {
    return changes(StateSql::claim_node, [&](auto& to) {
      bind_node(self)(to);
      to.bind(stale.count());
      to.bind(claim == NodeClaim::at_start ? std::int64_t{1} : std::int64_t{0});
    });
  }
  Result<bool> renew_node(const StateNode& self) final { return changes(StateSql::renew_node, bind_node(self)); }
  Result<> release_node(const StateNode& self) final {
    return write(StateSql::release_node, bind_values(self.node_id, self.instance, self.life));
  }
  Result<std::vector<StateNode>> nodes() final { return all<StateNode>(StateSql::nodes, bind_values()); }
  Result<std::int64_t> now() final { return number(StateSql::now, bind_values()); }

  Result<Swept> sweep(SweptMax max) final {
    Result<std::int64_t> files = engine().change(StateSql::sweep_files, bind_values(max.areas, max.files));
    if (!files) return pass(files);
    Result<std::int64_t> areas = engine().change(StateSql::sweep_areas, bind_values(max.areas));
    if (!areas) return pass(areas);
    return Swept{*areas, *files, *areas >= max.areas || *files >= max.files};
  }

  Result<std::vector<Token>> tokens() final { return all<Token>(StateSql::tokens, bind_values()); }
  Result<> insert_token(const Token& token) final {
    if (Result<> good = plain({token.name, token.resources, token.requests}); !good) return good;
    return write(StateSql::insert_token, bind_values(token.name, Bytes{token.digest}, token.resources, token.requests,
                                                     token.created_at, token.expires_at));
  }
  Result<> remove_token(std::string_view name) final {
    if (Result<> good = plain({name}); !good) return good;
    return write(StateSql::remove_token, bind_values(name));
  }

 protected:
  std::uint64_t writes_ = 0;

 private:
  [[nodiscard]] Engine& engine() { return static_cast<Engine&>(*this); }

  static std::int64_t ms(std::chrono::seconds ttl) { return std::chrono::milliseconds(ttl).count(); }
  // PostgreSQL takes no other text. It is found out here, for the store is not what failed then.
  static Result<> plain(std::initializer_list<std::string_view> texts) {
    for (std::string_view text : texts) {
      if (!is_plain_text(text)) return fail(Errc::invalid, "a text is not valid UTF-8 or holds a NUL character");
    }
    return {};
  }
  // All that a node says of itself.
  static auto bind_node(const StateNode& node) {
    return [&node](auto& to) {
      to.bind(node.node_id);
      for (const std::string* text :
           {&node.name, &node.url, &node.instance, &node.life, &node.program, &node.status, &node.digests}) {
        to.bind(*text);
      }
    };
  }

  template <class Bind>
  Result<> write(StateSql id, Bind&& bind) {
    return engine().write(id, bind);
  }
  template <class Bind>
  Result<bool> changes(StateSql id, Bind&& bind) {
    Result<std::int64_t> changed = engine().change(id, bind);
    if (!changed) return pass(changed);
    return *changed != 0;
  }
  template <class Row, class Bind>
  Result<std::vector<Row>> all(StateSql id, Bind&& bind) {
    std::vector<Row> rows;
    Result<> read = engine().read(id, bind, [&](auto& row) { rows.push_back(row_of<Row>(row)); });
    if (!read) return pass(read);
    return rows;
  }
  template <class Row, class Bind>
  Result<std::optional<Row>> one(StateSql id, Bind&& bind) {
    std::optional<Row> found;
    Result<> read = engine().read(id, bind, [&](auto& row) { found = row_of<Row>(row); });
    if (!read) return pass(read);
    return found;
  }
  // The only column of the only row.
  template <class Bind>
  Result<std::int64_t> number(StateSql id, Bind&& bind) {
    std::int64_t value = 0;
    Result<> read = engine().read(id, bind, [&](auto& row) { value = row.integer(0); });
    if (!read) return pass(read);
    return value;
  }
};

// Behind the columns of a file: its bytes, or their number.
inline constexpr int kStateFileLast = 4;

template <class Engine>
Result<std::vector<StateFile>> SqlState<Engine>::files(std::string_view area) {
  if (Result<> good = plain({area}); !good) return pass(good);
  std::vector<StateFile> found;
  Result<> read = engine().read(StateSql::files, bind_values(area), [&](auto& row) {
    found.push_back(row_of<StateFile>(row));
    found.back().size = row.integer(kStateFileLast);
  });
  if (!read) return pass(read);
  return found;
}

template <class Engine>
Result<std::optional<StateFile>> SqlState<Engine>::file(std::string_view area, std::string_view key) {
  if (Result<> good = plain({area, key}); !good) return pass(good);
  std::optional<StateFile> found;
  Result<> read = engine().read(StateSql::file, bind_values(area, key), [&](auto& row) {
    found = row_of<StateFile>(row);
    row.read(kStateFileLast, found->bytes);
  });
  if (!read) return pass(read);
  return found;
}

}  // namespace outpost::supervisor
