#include "supervisor/control/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/io/access.h"
#include "common/json.h"
#include "common/version.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

bool is_member(int fd, const ucred& peer, gid_t group) {
  if (peer.gid == group) return true;
  std::vector<gid_t> groups(1024);
  auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  int known = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  if (known != 0 && errno == ERANGE) {  // `size` says now how much they take
    groups.resize(size / sizeof(gid_t));
    known = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  }
  if (known != 0) return false;
  groups.resize(size / sizeof(gid_t));
  return std::ranges::find(groups, group) != groups.end();
}

// "uid 1001 (anna), pid 4711"
std::string actor_of(const ucred& peer) {
  std::string name = local_user_name(peer.uid);
  return fmt::format("uid {}{}, pid {}", peer.uid, name.empty() ? "" : " (" + name + ")", peer.pid);
}

struct Peer {
  ControlSession::Peer rights;
  std::string actor;  // for the log
};

// Who is at the other end; a failure for one who may not even ask.
Result<Peer> check_peer(int fd, std::optional<gid_t> group) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return fail_errno(errno, "cannot tell who is at the other end of the control socket");
  }
  std::string actor = actor_of(peer);
  if (peer.uid == geteuid() || peer.uid == 0) return Peer{ControlSession::Peer::owner, std::move(actor)};
  if (group && is_member(fd, peer, *group)) return Peer{ControlSession::Peer::member, std::move(actor)};
  return fail(Errc::invalid, "{} may not command this supervisor; user id {} and root may{}", actor, geteuid(),
              group ? fmt::format(", and members of group id {}", *group) : "");
}

}  // namespace

class ControlServer::Connection final : private protocol::Channel::Events {
 public:
  Connection(ControlServer& server, std::uint64_t id, std::unique_ptr<Stream> stream, Peer peer)
      : server_(server), id_(id), channel_(std::move(stream), *this) {
    session_->peer = peer.rights;
    session_->actor = std::move(peer.actor);
  }

  void reply(std::uint64_t correlation, const Result<std::string>& outcome) {
    protocol::Reply reply{outcome.has_value(), {}};
    reply.body =
        outcome ? *outcome : JsonWriter().begin_object().member("error", outcome.error().text).end_object().take();
    if (reply.body.size() > protocol::kPayloadBytesMax / 2) {
      reply = {false, R"({"error":"the reply is too large for one message: ask for fewer records at once"})"};
    }
    channel_.send(reply, correlation);
    if (unanswered_-- == kUnansweredMax) channel_.resume_reading();
  }

 private:
  Result<> on_frame(const protocol::Frame& frame) override {
    auto message = protocol::decode<protocol::FromCtl>(frame.type, frame.payload);
    if (!message) return pass(message);
    if (auto* hello = std::get_if<protocol::ControlHello>(&*message)) return welcome(*hello);
    if (!welcomed_) return fail(Errc::protocol, "a command came before ControlHello");
    if (++unanswered_ == kUnansweredMax) channel_.pause_reading();
    auto respond = [&server = server_, id = id_, correlation = frame.correlation](const Result<std::string>& outcome) {
      auto found = server.connections_.find(id);
      if (found != server.connections_.end()) found->second->reply(correlation, outcome);
    };
    if (auto* rows = std::get_if<protocol::ImportRows>(&*message)) {
      server_.table_.import_rows(*session_, std::move(*rows), respond);
    } else {
      const auto& command = std::get<protocol::Command>(*message);
      server_.log_.write(lm::kControlCommand, "control connection {}: {}", id_, command.name);
      server_.table_.command(session_, command, respond);
    }
    return {};
  }

  Result<> welcome(const protocol::ControlHello& hello) {
    if (hello.version != protocol::kControlVersion) {
      return fail(Errc::protocol, "outpostctl speaks control version {}, this supervisor speaks {}", hello.version,
                  protocol::kControlVersion);
    }
    welcomed_ = true;
    channel_.send(protocol::ControlWelcome{protocol::kControlVersion, fmt::format("outpostd {}", kVersion), getpid()});
    return {};
  }

  void on_closed(const Error& why) override {
    if (why.code == Errc::protocol) {
      server_.log_.write(lm::kControlRefused, "control connection {} ended: {}", id_, why.text);
      channel_.finish();
    }
    server_.remove(id_);
  }

  ControlServer& server_;
  const std::uint64_t id_;
  std::shared_ptr<ControlSession> session_ = std::make_shared<ControlSession>();
  bool welcomed_ = false;
  std::size_t unanswered_ = 0;
  protocol::Channel channel_;
};

Result<std::unique_ptr<ControlServer>> ControlServer::open(Loop& loop, Log& log, const std::string& path,
                                                           const std::string& group, const ControlTable& table) {
  std::optional<gid_t> id;
  if (!group.empty()) {
    auto found = group_id(group);
    if (!found) return pass(found);
    id = *found;
  }
  auto listener = Listener::unix_socket(loop, path, 16, id);
  if (!listener) return pass(listener);
  return std::unique_ptr<ControlServer>(new ControlServer(loop, log, std::move(*listener), id, table));
}

ControlServer::ControlServer(Loop& loop, Log& log, std::unique_ptr<Listener> listener, std::optional<gid_t> group,
                             const ControlTable& table)
    : loop_(loop), log_(log), table_(table), group_(group), listener_(std::move(listener)) {
  listener_->start([this](int fd) { accepted(fd); });
}

ControlServer::~ControlServer() = default;

void ControlServer::accepted(int fd) {
  auto allowed = check_peer(fd, group_);
  // The owner's commands must get through whatever members do.
  bool is_member = allowed && allowed->rights == ControlSession::Peer::member;
  std::size_t most = is_member ? kConnectionsMax - kConnectionsMax / 4 : kConnectionsMax;
  if (allowed && connections_.size() >= most) {
    allowed = fail(Errc::limit, "{}: {} control connections are open already", allowed->actor, most);
  }
  if (!allowed) {
    log_.write(lm::kControlRefused, "control connection refused: {}", allowed.error().text);
    close(fd);
    return;
  }
  auto stream = Stream::adopt(loop_, fd);
  if (!stream) return;
  std::uint64_t id = next_id_++;
  log_.write(lm::kControlConnection, "control connection {} opened", id);
  connections_.emplace(id, std::make_unique<Connection>(*this, id, std::move(*stream), *allowed));
}

void ControlServer::remove(std::uint64_t id) {
  auto node = connections_.extract(id);
  if (node.empty()) return;
  log_.write(lm::kControlConnection, "control connection {} closed", id);
  // It asked for this from inside: it goes when the turn is over.
  loop_.at_end_of_turn([gone = std::shared_ptr<Connection>(std::move(node.mapped()))] {});
}

}  // namespace outpost::supervisor
