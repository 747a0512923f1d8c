// What the engines share: which statement answers which call of StateStore, for areas, nodes, tokens and the sweep;
// those of services are in sql_services.h. Included by the engines alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/mobile/state/sql_services.h"
#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

template <class Engine>
class SqlState : public SqlServices<Engine> {
 public:
  Result<> put_area(const StateArea& area, std::chrono::seconds ttl) final {
    if (Result<> good = plain({area.id, area.owner, area.texts}); !good) return good;
    Result<> done = write(StateSql::put_area, bind_values(area.id, area.owner, area.texts, ms(ttl)));
    // Behind the area, whose row is locked now: whoever puts another one here waits.
    return done ? write(StateSql::remove_files, bind_values(area.id)) : done;
  }
  Result<std::optional<StateArea>> lock_area(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return Asking::template one_locked<StateArea>(StateSql::lock_area, bind_values(id));
  }
  Result<> update_area(std::string_view id, std::string_view texts, std::chrono::seconds ttl) final {
    if (Result<> good = plain({id, texts}); !good) return good;
    return write(StateSql::update_area, bind_values(id, texts, ms(ttl)));
  }
  Result<> set_texts(std::string_view id, std::string_view texts) final {
    if (Result<> good = plain({id, texts}); !good) return good;
    return write(StateSql::set_texts, bind_values(id, texts));
  }
  Result<> set_area_time(std::string_view id, std::chrono::seconds ttl) final {
    if (Result<> good = plain({id}); !good) return good;
    return write(StateSql::set_area_time, bind_values(id, ms(ttl)));
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
    return Asking::template one<StateArea>(StateSql::area, bind_values(id));
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
  Result<std::vector<StateNode>> nodes() final {
    return Asking::template all<StateNode>(StateSql::nodes, bind_values());
  }
  Result<std::int64_t> now() final { return number(StateSql::now, bind_values()); }

  Result<Swept> sweep(SweptMax max) final {
    Result<std::int64_t> files = change(StateSql::sweep_files, bind_values(max.areas, max.files));
    if (!files) return pass(files);
    Result<std::int64_t> areas = change(StateSql::sweep_areas, bind_values(max.areas));
    if (!areas) return pass(areas);
    Swept swept{*areas, *files, 0, *areas >= max.areas || *files >= max.files};
    for (StateSql id :
         {StateSql::sweep_services, StateSql::sweep_codes, StateSql::sweep_resources, StateSql::sweep_subscriptions}) {
      Result<std::int64_t> rows = change(id, bind_values(max.rows));
      if (!rows) return pass(rows);
      if (id == StateSql::sweep_services) swept.services = *rows;
      swept.more = swept.more || *rows >= max.rows;
    }
    return swept;
  }

  Result<std::vector<Token>> tokens() final { return Asking::template all<Token>(StateSql::tokens, bind_values()); }
  Result<> insert_token(const Token& token) final {
    if (Result<> good = plain({token.name, token.resources, token.requests}); !good) return good;
    return write(StateSql::insert_token, bind_values(token.name, Bytes{token.digest}, token.resources, token.requests,
                                                     token.created_at, token.expires_at));
  }
  Result<> remove_token(std::string_view name) final {
    if (Result<> good = plain({name}); !good) return good;
    return write(StateSql::remove_token, bind_values(name));
  }

 private:
  using Asking = SqlAsking<Engine>;
  using Asking::change;
  using Asking::changes;
  using Asking::ms;
  using Asking::number;
  using Asking::plain;
  using Asking::read;
  using Asking::write;

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
};

// Behind the columns of a file: its bytes, or their number.
inline constexpr int kStateFileLast = 4;

template <class Engine>
Result<std::vector<StateFile>> SqlState<Engine>::files(std::string_view area) {
  if (Result<> good = plain({area}); !good) return pass(good);
  std::vector<StateFile> found;
  Result<> done = read(StateSql::files, bind_values(area), [&](auto& row) {
    found.push_back(row_of<StateFile>(row));
    found.back().size = row.integer(kStateFileLast);
  });
  if (!done) return pass(done);
  return found;
}

template <class Engine>
Result<std::optional<StateFile>> SqlState<Engine>::file(std::string_view area, std::string_view key) {
  if (Result<> good = plain({area, key}); !good) return pass(good);
  std::optional<StateFile> found;
  Result<> done = read(StateSql::file, bind_values(area, key), [&](auto& row) {
    found = row_of<StateFile>(row);
    row.read(kStateFileLast, found->bytes);
  });
  if (!done) return pass(done);
  return found;
}

}  // namespace outpost::supervisor
