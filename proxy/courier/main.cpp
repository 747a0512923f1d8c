#include <utility>

#include "proxy/child/page.h"
#include "proxy/child/program.h"
#include "proxy/courier/courier.h"

namespace {

std::string page() {
  return outpost::proxy::child_page(
      {.name = "outpost-courier",
       .about = "what Outpost sends over HTTP",
       .paragraphs = {
           "outpost-courier is started by outpostd, on a mobile node always, else when the section http-client of "
           "outpost.json(5) is there, and has no use of its own. It sends the requests that outpostd has for other "
           "servers, over HTTP/1.1, HTTP/2 and TLS, and reads what they answer.",
           "It owns nothing: before it connects to anybody it gives up its user, every file but those that names are "
           "resolved with, and the right to start programs; and it can be killed at any time. outpostctl status shows "
           "what is in force; outpostctl test-call sends one request by it."}});
}

}  // namespace

int main(int argc, char** argv) {
  using namespace outpost;
  proxy::ChildProgram program{
      "outpost-courier",
      "Sends what Outpost has for other HTTP servers.",
      page,
      {.files = courier::kResolverFiles, .connects = true},
      [](proxy::ChildStart start) { return std::make_unique<courier::Courier>(std::move(start)); }};
  return proxy::run_child(argc, argv, program);
}
