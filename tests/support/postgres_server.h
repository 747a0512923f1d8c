// A real PostgreSQL server, started when the first test asks for it, with a database for each that asks. What it can be
// told is in postgres_keeper.py, which runs it and ends it with this process, or with ctest's run, however that ends.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace outpost::test {

class PostgresServer {
 public:
  PostgresServer() : PostgresServer(-1) {}
  ~PostgresServer() {
    ::close(input_);
    std::fclose(output_);
    if (pid_ >= 0) ::waitpid(pid_, nullptr, 0);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // For tests that do not stop it: that of the ctest run, or of this process when it runs alone.
  static PostgresServer& shared() {
    static PostgresServer server(connection_to_keeper());
    return server;
  }

  // "ok" is left out of the answer.
  std::string ask(const std::string& line) {
    std::string sent = line + "\n";
    must(::write(input_, sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()), "PostgreSQL's keeper listens");
    return answer(line);
  }
  // A fresh database; returns its URL.
  std::string database() {
    ++databases_;
    return ask("database " + last_database());
  }
  // Of a database made here, by TCP. `place` as "127.0.0.1:5432", as the server's own when it is empty.
  [[nodiscard]] std::string tcp_url(const std::string& name, const std::string& place = "",
                                    const std::string& options = "") const {
    return "postgresql://outpost:secret@" + (place.empty() ? "127.0.0.1:" + port_ : place) + "/" + name +
           (options.empty() ? "" : "?" + options);
  }
  [[nodiscard]] std::string last_database() const {
    return "test" + std::to_string(::getpid()) + "_" + std::to_string(databases_);
  }
  // As a superuser, in the database that was made last.
  std::string sql(const std::string& statement) { return ask("sql primary " + last_database() + " " + statement); }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  explicit PostgresServer(int keeper) {
    if (keeper < 0) {
      start_own();
    } else {
      input_ = keeper;
      output_ = ::fdopen(::fcntl(keeper, F_DUPFD_CLOEXEC, 0), "r");
    }
    std::string place = ask("place");
    port_ = place.substr(place.find(' ') + 1);
  }

  void start_own() {
    int in[2];
    int out[2];
    must(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0, "a pipe");
    pid_ = ::fork();
    must(pid_ >= 0, "a process for the PostgreSQL server");
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execlp("python3", "python3", "-B", POSTGRES_KEEPER, "serve", nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = ::fdopen(out[0], "r");
  }

  // -1 when no run of ctest started this process.
  static int connection_to_keeper() {
    const char* prefix = std::getenv("OUTPOST_POSTGRESQL");
    std::ifstream file((prefix ? prefix : "") + ("." + std::to_string(::getppid())));
    std::string path;
    if (!(file >> path)) return -1;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
         "PostgreSQL's keeper is there");
    return connection;
  }

  std::string answer(const std::string& question) {
    std::string line;
    for (int c = std::fgetc(output_); c != EOF && c != '\n'; c = std::fgetc(output_)) line += static_cast<char>(c);
    must(line.starts_with("ok"), question + ": " + line);
    return line.size() > 3 ? line.substr(3) : "";
  }

  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
  std::string port_;
  int databases_ = 0;
};

}  // namespace outpost::test
