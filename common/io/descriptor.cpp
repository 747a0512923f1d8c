#include "common/io/descriptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace outpost {

namespace {

// One packet: a byte, because a packet of none could not be told from the end, and room for one descriptor.
struct Packet {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};

  Packet() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
};

}  // namespace

void Descriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<std::pair<Descriptor, Descriptor>> file_socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail_errno(errno, "cannot make a socket for files");
  }
  shutdown(fds[0], SHUT_RD);
  return std::pair{Descriptor(fds[0]), Descriptor(fds[1])};
}

Result<> send_descriptor(int socket, int file) {
  Packet packet;
  cmsghdr* rights = CMSG_FIRSTHDR(&packet.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(rights), &file, sizeof file);
  if (sendmsg(socket, &packet.header, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) return {};
  if (errno == EAGAIN || errno == ETOOMANYREFS) return fail(Errc::limit, "the other side takes no more files");
  return fail_errno(errno, "cannot hand on a file");
}

Result<Descriptor> receive_descriptor(int socket) {
  Packet packet;
  ssize_t n = recvmsg(socket, &packet.header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (n < 0 && errno != EAGAIN) return fail_errno(errno, "cannot take over a file");
  const cmsghdr* rights = n > 0 ? CMSG_FIRSTHDR(&packet.header) : nullptr;
  if (!rights || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(sizeof(int))) {
    return fail(Errc::not_found, "no file was handed on");
  }
  int file = -1;
  std::memcpy(&file, CMSG_DATA(rights), sizeof file);
  return Descriptor(file);
}

}  // namespace outpost
