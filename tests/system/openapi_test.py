"""The OpenAPI document against a daemon: every example is sent and its answer held against the schemas, every bound of a
request is exceeded and refused."""
import json
import pathlib
import re
import subprocess
import unittest

from harness import BIN, SharedServerTest
from json_schema import KEYWORDS, SAY_NOTHING, flat, problems, resolve
from regions import Scene, path

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "etc" / "sample" / "catalogue.json"
LIST, GROUP = "Spring_2024", 201  # of the sample
PHONE, CUSTOMER = "+15550100", "C-1001"  # of the document's examples


def sample_catalogue():
    return json.loads(re.sub(r"^\s*//.*$", "", SAMPLE.read_text(), flags=re.M))


class Openapi(SharedServerTest):
    catalogue = sample_catalogue()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        text = subprocess.run([BIN / "outpostd", "--print-openapi"], capture_output=True, check=True).stdout
        cls.document = json.loads(text)

    def operations(self):
        """(path, method, operation, schema of its body or None)."""
        for where, methods in self.document["paths"].items():
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                yield where, method, operation, content and flat(self.document, content["schema"])

    # --- Targets -------------------------------------------------------------------------------------------------

    def add(self, **attributes):
        body = {"GSW_PHONE": Scene.unique("+1555"), "GSW_TZ_NAME": "GMT", "client-id": Scene.unique("customer"), **attributes}
        answer = self.client.post(f"/lists/{LIST}/AddRecord", body)
        self.assertEqual(answer.status, 200, answer.body)

    def handle(self):
        """Of a callback that was taken: what every request to a record may be sent for."""
        agent = Scene.unique("agent")
        self.add(GSW_RECORD_TYPE=5, GSW_AGENT_ID=agent)
        answer = self.client.post(f"/campaigngroups/{GROUP}/PreviewRecordRequest", {"GSW_AGENT_ID": agent})
        return answer.json["GSW_RECORD_HANDLE"]

    def target(self, where):
        """The path with an id in it that the request can be sent for."""
        resource = where.split("/")[1]
        if resource == "records":
            return where.replace("{id}", str(self.handle()))
        if resource in ("phones", "customer_ids"):
            self.add(**{"GSW_PHONE": PHONE, "client-id": CUSTOMER})
        elif "PreviewRecord" in where:
            self.add()
        names = {"lists": LIST, "campaigngroups": GROUP, "phones": PHONE, "customer_ids": CUSTOMER}
        return path(resource, names[resource]) + where[where.rindex("/"):]

    # --- Answers -------------------------------------------------------------------------------------------------

    def hold(self, operation, answer, sent, what):
        """The status is documented, and of the body each member, with its type and bounds."""
        described = operation["responses"].get(str(answer.status)) or operation["responses"]["default"]
        described = flat(self.document, described)
        for name, header in described.get("headers", {}).items():
            if flat(self.document, header)["required"]:
                self.assertIn(name.lower(), answer.headers, what)
        media = described["content"][answer.headers["content-type"]]
        body = answer.json
        self.assertEqual(problems(self.document, media["schema"], body), [], what)
        schema = flat(self.document, media["schema"])
        if "allOf" in schema:
            schema = flat(self.document, schema["allOf"][0])
        for one in schema.get("oneOf", ()):
            if flat(self.document, one)["properties"]["GSW_USER_EVENT"]["enum"] == [body["GSW_USER_EVENT"]]:
                schema = flat(self.document, one)
        others = set(body) - set(schema["properties"])
        if "additionalProperties" in schema:  # what the request carried, and custom fields of the record
            others = {name for name in others if name not in sent and name.startswith("GSW_")}
        self.assertEqual(others, set(), (what, "is not documented"))

    def test_every_example_is_answered_as_documented(self):
        sent = 0
        for where, method, operation, body in self.operations():
            examples = operation["requestBody"]["content"]["application/json"]["examples"] if body else {"get": {}}
            for name, example in examples.items():
                with self.subTest(operation=operation["operationId"], example=name):
                    value = example.get("value", {})
                    if body:
                        self.assertEqual(problems(self.document, body, value), [])
                    answer = self.client.request(method.upper(), self.target(where), value or None)
                    self.assertEqual(answer.status, 200, answer.body)
                    self.hold(operation, answer, value, name)
                    sent += 1
        self.assertGreater(sent, 20)

    def test_the_query_names_the_same_requests(self):
        for where, method, operation, body in self.operations():
            if body is None or body.get("required"):
                continue
            with self.subTest(operation=operation["operationId"]):
                target, request = self.target(where).rsplit("/", 1)
                answer = self.client.request(method.upper(), f"{target}?req={request}", {})
                self.assertIn(f"?req={request}`", operation["description"])
                self.assertIn(answer.status, (200, 400))  # UpdateCallCompletionStats needs something to update
                self.hold(operation, answer, {}, where)

    # --- Bounds --------------------------------------------------------------------------------------------------

    def beyond(self, schema):
        """A value for each bound of a property that is on its other side."""
        schema = flat(self.document, schema)
        if "anyOf" in schema:
            numbers, names = (flat(self.document, one) for one in schema["anyOf"])
            yield from (len(numbers["enum"]), -1, names["enum"][-1] + "x")
            self.assertEqual(numbers["enum"], list(range(len(numbers["enum"]))))
            self.assertEqual(numbers["x-enum-varnames"], names["enum"])
        if "not" in schema:
            yield from schema["not"]["enum"]
        if "minimum" in schema:
            yield from (schema["minimum"] - 1, schema["maximum"] + 1)
        if "maxLength" in schema:
            yield "1" * (schema["maxLength"] + 1)
        if "pattern" in schema:
            yield from ("1", "a" * 16)
        if "minLength" in schema:
            yield ""

    def test_what_is_beyond_a_bound_is_refused(self):
        refused = 0
        for where, method, operation, body in self.operations():
            if not body:
                continue
            target = self.target(where)
            needed = dict.fromkeys(body.get("required", ()), "12/31/2090 17:05")
            needed |= {key: value for key, value in (("GSW_PHONE", PHONE), ("GSW_TZ_NAME", "GMT")) if key in needed}
            for name, schema in body["properties"].items():
                for value in self.beyond(schema):
                    with self.subTest(operation=operation["operationId"], name=name, value=str(value)[:30]):
                        self.assertNotEqual(problems(self.document, body, {**needed, name: value}), [])
                        answer = self.client.request(method.upper(), target, {**needed, name: value})
                        self.assertEqual(answer.status, 400, answer.body)
                        self.hold(operation, answer, {}, name)
                        self.assertIn(name, answer.json["GSW_ERROR"])
                        refused += 1
            for name in needed:
                with self.subTest(operation=operation["operationId"], lacks=name):
                    answer = self.client.request(method.upper(), target, {k: v for k, v in needed.items() if k != name})
                    self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 103), answer.body)
        self.assertGreater(refused, 200)

    def test_parameters(self):
        parameters = self.document["components"]["parameters"]
        key = parameters["IdempotencyKey"]["schema"]
        for value in ("a" * (key["maxLength"] + 1), "two words"):
            self.assertNotEqual(problems(self.document, key, value), [])
            answer = self.client.post(f"/phones/{PHONE}/DoNotCall", {}, {"Idempotency-Key": value})
            self.assertEqual(answer.status, 400, value)
        tenant = "a" * (parameters["Tenant"]["schema"]["maxLength"] + 1)
        self.assertEqual(self.client.post(f"/phones/{PHONE}/DoNotCall?tenant={tenant}").status, 400)
        for name, parameter in parameters.items():
            schema = flat(self.document, parameter["schema"])
            if parameter["in"] != "path" or schema["type"] != "string":
                continue
            where = next(where for where, _, operation, _ in self.operations()
                         if operation["parameters"][0]["$ref"].endswith("/" + name))
            answer = self.client.post(where.replace("{id}", "a" * (schema["maxLength"] + 1)))
            self.assertEqual(answer.status, 400, name)

    # --- The document itself -------------------------------------------------------------------------------------

    def test_its_words_are_those_that_this_test_knows(self):
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(schema=name):
                self.assertEqual(set(schema) - set(KEYWORDS) - SAY_NOTHING, set())
                for example in schema.get("examples", ()):
                    self.assertEqual(problems(self.document, schema, example), [])

    def test_failures_are_documented_by_number(self):
        for where, _, operation, _ in self.operations():
            for status, reference in operation["responses"].items():
                if status in ("200", "default"):
                    continue
                response = resolve(self.document, reference["$ref"])
                schema = flat(self.document, response["content"]["application/json"]["schema"])
                for number in schema["allOf"][1]["properties"]["GSW_ERROR_NUMBER"]["enum"]:
                    self.assertRegex(response["description"], rf"\b{number} ", where)


if __name__ == "__main__":
    unittest.main()
