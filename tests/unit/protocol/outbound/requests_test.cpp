#include "protocol/outbound/requests.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

namespace outpost::protocol::requests_test {

TEST_CASE("resource types are read in any case", "[requests]") {
  CHECK(parse_resource("CampaignGroups") == Resource::campaign_groups);
  CHECK(parse_resource("customerIDs") == Resource::customer_ids);
  CHECK_FALSE(parse_resource("record"));
  CHECK_FALSE(parse_resource(""));
  CHECK(to_string(Resource::customer_ids) == "customer_ids");
}

TEST_CASE("the matrix of requests is that of the contract", "[requests]") {
  CHECK(requests().size() == 16);
  CHECK(find_request(Resource::records, "UPDATECALLCOMPLETIONSTATS")->request == "UpdateCallCompletionStats");
  CHECK(find_request(Resource::phones, "recordcancel")->request == "RequestRecordCancel");
  CHECK(find_request(Resource::phones, "DoNotCall")->protocol == OutboundProtocol::third_party);
  CHECK(find_request(Resource::records, "DoNotCall")->protocol == OutboundProtocol::desktop);
  CHECK(find_request(Resource::records, "ChainedRecordRequest")->safe);
  CHECK(find_request(Resource::campaign_groups, "CampaignStatusRequest")->safe);
  CHECK(std::ranges::count_if(requests(), &RequestRow::safe) == 2);
  for (const RequestRow& row : requests())
    CHECK(asks_for_chain(row.request) == (row.request == "ChainedRecordRequest"));
  CHECK(std::ranges::count_if(requests(), &RequestRow::ends_session) == 1);
  CHECK(answer_row(find_request(Resource::campaign_groups, "LogOut")->answer).event == "LogOutAcknowledge");
  CHECK(find_request(Resource::lists, "DoNotCall") == nullptr);
  CHECK(find_request(Resource::records, "") == nullptr);
  CHECK(is_known_request("RecordCancel"));
  CHECK(is_known_request("addrecord"));
  CHECK_FALSE(is_known_request("AddRecords"));
  CHECK_FALSE(is_known_request(""));
}

TEST_CASE("a request has a name, a text and the answers that it may have", "[requests]") {
  std::set<std::string_view> names;
  for (const RequestRow& row : requests()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.text.ends_with('.'));
    CHECK(std::ranges::count(row.besides, row.answer) == 0);
  }
  const RequestRow& status = *find_request(Resource::campaign_groups, "CampaignStatusRequest");
  CHECK(status.name == "campaign_status");
  CHECK(status.besides.size() == 3);
  CHECK(path_attribute(status).key == "GSW_CAMPAIGN_GROUP_DBID");
}

TEST_CASE("an answer is an acknowledgement, an error of the table, or not understood", "[requests]") {
  Event answer;
  CHECK(classify(answer).http_status == 502);
  answer.set("GSW_ERROR_NUMBER", std::int64_t{110});
  answer.set("GSW_USER_EVENT", std::string());
  CHECK(classify(answer).http_status == 502);
  answer.set("GSW_USER_EVENT", std::string("AddRecordAcknowledge"));
  CHECK(classify(answer).http_status == 200);  // the number is an echo
  CHECK(classify(answer).error == nullptr);
  answer.set("GSW_USER_EVENT", std::string("Error"));
  CHECK(classify(answer).http_status == 404);
  CHECK(classify(answer).error == find_error(110));
  answer.set("GSW_ERROR_NUMBER", std::int64_t{99});
  CHECK(classify(answer).http_status == 502);
  CHECK(classify(answer).error == nullptr);
}

TEST_CASE("every attribute of a request or an answer is in the dictionary, once in its row", "[requests]") {
  for (const RequestRow& row : requests()) {
    CAPTURE(row.request);
    std::set<std::string_view> seen;
    for (const RequestAttribute& attribute : row.attributes) {
      CAPTURE(attribute.key);
      CHECK(find_attribute(attribute.key) != nullptr);
      CHECK(seen.insert(attribute.key).second);
      CHECK(row.find(attribute.key) == &attribute);
    }
    CHECK(std::ranges::count(row.attributes, Use::path, &RequestAttribute::use) == 1);
    CHECK(row.find("GSW_NOTHING") == nullptr);
  }
  for (const AnswerRow& row : answers()) {
    CAPTURE(row.event);
    std::set<std::string_view> seen;
    for (std::string_view key : row.attributes) {
      CAPTURE(key);
      CHECK(find_attribute(key) != nullptr);
      CHECK(seen.insert(key).second);
    }
    for (std::string_view key : row.may_lack) CHECK(seen.contains(key));
  }
}

}  // namespace outpost::protocol::requests_test
