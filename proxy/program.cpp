#include "proxy/program.h"

#include <utility>

#include "proxy/child/page.h"
#include "proxy/child/program.h"
#include "proxy/proxy.h"

namespace outpost::proxy {

namespace {

std::string proxy_page() {
  return child_page(
      {.name = "outpost-proxy",
       .about = "the HTTP side of Outpost",
       .paragraphs =
           {"outpost-proxy is started by outpostd and has no use of its own. It reads what clients send, over HTTP/1.1 "
            "and TLS, and passes requests on to outpostd over a socket that it is given.",
            "It owns nothing: once its ports are bound it can open no file, start no program and connect to nobody, "
            "and it can be killed at any time. What it gives up is the section sandbox of outpost.json(5); outpostctl "
            "status shows what is in force."},
       .binds = true});
}

}  // namespace

int run_program(int argc, char** argv, std::span<const DialectRow> dialects) {
  ChildProgram program{"outpost-proxy", "The HTTP side of Outpost.", proxy_page, {}, [dialects](ChildStart start) {
                         return std::make_unique<Proxy>(start.loop, std::move(start.supervisor), std::move(start.files),
                                                        dialects, std::move(start.enter_sandbox),
                                                        std::move(start.finished));
                       }};
  return run_child(argc, argv, program);
}

}  // namespace outpost::proxy
