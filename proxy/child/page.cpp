#include "proxy/child/page.h"

#include <utility>

#include "common/manual_page.h"
#include "protocol/channel/messages.h"

namespace outpost::proxy {

namespace {

using protocol::ProxyExit;

PageFacts::Entry exit_entry(ProxyExit exit, std::string meaning) {
  return {std::to_string(static_cast<int>(exit)), std::move(meaning)};
}

PageFacts::List exit_statuses(bool binds) {
  PageFacts::List list{
      "EXIT STATUS",
      {exit_entry(ProxyExit::ok, "outpostd ended it."), exit_entry(ProxyExit::internal, "It could not begin."),
       exit_entry(ProxyExit::usage, "It was not started by outpostd, or with arguments.")}};
  if (binds) list.entries.push_back(exit_entry(ProxyExit::cannot_bind, "It could not have a port."));
  for (auto& entry : {exit_entry(ProxyExit::channel_lost, "outpostd is gone, or silent."),
                      exit_entry(ProxyExit::channel_protocol, "outpostd said what it may not say."),
                      exit_entry(ProxyExit::version_mismatch, "outpostd is another version: an upgrade is half done."),
                      exit_entry(ProxyExit::no_sandbox, "The sandbox could not be set up as configured.")}) {
    list.entries.push_back(entry);
  }
  return list;
}

}  // namespace

std::string child_page(const ChildPage& page) {
  PageFacts facts;
  facts.name = page.name;
  facts.section = "8";
  facts.about = page.about;
  facts.paragraphs = page.paragraphs;
  facts.lists = {exit_statuses(page.binds)};
  facts.see_also = {"outpostctl 1", "outpost.json 5", "outpostd 8"};
  CommandTree tree{page.name, "", "", {}, {}};
  tree.options.push_back({.names = {"-h", "--help"}, .text = "Print a help message and exit"});
  tree.options.push_back({.names = {"--version"}, .text = "Display program version information and exit"});
  return command_page(facts, tree);
}

}  // namespace outpost::proxy
