#include "proxy/page.h"

#include "common/manual_page.h"
#include "protocol/channel/messages.h"

namespace outpost::proxy {

namespace {

using protocol::ProxyExit;

PageFacts::Entry exit_entry(ProxyExit exit, std::string meaning) {
  return {std::to_string(static_cast<int>(exit)), std::move(meaning)};
}

PageFacts::List exit_statuses() {
  return {"EXIT STATUS",
          {exit_entry(ProxyExit::ok, "outpostd ended it."), exit_entry(ProxyExit::internal, "It could not begin."),
           exit_entry(ProxyExit::usage, "It was not started by outpostd, or with arguments."),
           exit_entry(ProxyExit::cannot_bind, "It could not have a port."),
           exit_entry(ProxyExit::channel_lost, "outpostd is gone, or silent."),
           exit_entry(ProxyExit::channel_protocol, "outpostd said what it may not say."),
           exit_entry(ProxyExit::version_mismatch, "outpostd is another version: an upgrade is half done."),
           exit_entry(ProxyExit::no_sandbox, "The sandbox could not be set up as configured.")}};
}

}  // namespace

std::string proxy_page() {
  PageFacts facts;
  facts.name = "outpost-proxy";
  facts.section = "8";
  facts.about = "the HTTP side of Outpost";
  facts.paragraphs = {
      "outpost-proxy is started by outpostd and has no use of its own. It reads what clients send, over HTTP/1.1 and "
      "TLS, and passes requests on to outpostd over a socket that it is given.",
      "It owns nothing: once its ports are bound it can open no file, start no program and connect to nobody, and it "
      "can be killed at any time. What it gives up is the section sandbox of outpost.json(5); outpostctl status shows "
      "what is in force."};
  facts.lists = {exit_statuses()};
  facts.see_also = {"outpostctl 1", "outpost.json 5", "outpostd 8"};
  CommandTree tree{"outpost-proxy", "", "", {}, {}};
  tree.options.push_back({.names = {"-h", "--help"}, .text = "Print a help message and exit"});
  tree.options.push_back({.names = {"--version"}, .text = "Display program version information and exit"});
  return command_page(facts, tree);
}

}  // namespace outpost::proxy
