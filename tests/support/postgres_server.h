// A real PostgreSQL server, started when the first test of this process asks for it, with a database for each that
// asks. What it can be told is in postgres_server.py, which runs it and ends it with this process, however that ends.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/support/temp_dir.h"

namespace outpost::test {

class PostgresServer {
 public:
  PostgresServer() {
    int in[2];
    int out[2];
    must(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0, "a pipe");
    pid_ = ::fork();
    must(pid_ >= 0, "a process for the PostgreSQL server");
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execlp("python3", "python3", "-B", POSTGRES_SERVER, "serve", nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = ::fdopen(out[0], "r");
    std::string place = answer("start");
    directory_ = place.substr(0, place.find(' '));
    port_ = place.substr(place.find(' ') + 1);
  }
  ~PostgresServer() {
    ::close(input_);
    std::fclose(output_);
    ::waitpid(pid_, nullptr, 0);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // For tests that do not stop it.
  static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }

  // "ok" is left out of the answer.
  std::string ask(const std::string& line) {
    std::string sent = line + "\n";
    must(::write(input_, sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()), "PostgreSQL's keeper listens");
    return answer(line);
  }
  // A fresh database; returns its URL.
  std::string database() { return ask("database test" + std::to_string(++databases_)); }
  // Of a database made here, by TCP. `place` as "127.0.0.1:5432", as the server's own when it is empty.
  [[nodiscard]] std::string tcp_url(const std::string& name, const std::string& place = "",
                                    const std::string& options = "") const {
    return "postgresql://outpost:secret@" + (place.empty() ? "127.0.0.1:" + port_ : place) + "/" + name +
           (options.empty() ? "" : "?" + options);
  }
  [[nodiscard]] std::string last_database() const { return "test" + std::to_string(databases_); }
  // As a superuser, in the database that was made last.
  std::string sql(const std::string& statement) { return ask("sql primary " + last_database() + " " + statement); }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  std::string answer(const std::string& question) {
    std::string line;
    for (int c = std::fgetc(output_); c != EOF && c != '\n'; c = std::fgetc(output_)) line += static_cast<char>(c);
    must(line.starts_with("ok"), question + ": " + line);
    return line.size() > 3 ? line.substr(3) : "";
  }

  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
  std::string directory_;
  std::string port_;
  int databases_ = 0;
};

}  // namespace outpost::test
