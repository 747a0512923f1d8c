"""Storage as clients use it: texts and photos sent with curl's forms or as JSON, read whole, by key and as bytes, changed,
removed, and gone after their time. Source: gms.md 2."""

import json
import os
import pathlib
import unittest

from harness import eventually
from mobile import BODY_BYTES_MAX, FORM, JSON, KEY_BYTES_MAX, UUID, SharedNodeTest, curl, multipart

YEAR = 31_536_000
DEFAULT_TTL = 30
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\r\n--" + os.urandom(60_000)
USER = {"gms_user": "ann"}


class Storage(SharedNodeTest):
    def post(self, path, body=None, headers=None):
        return self.node.ask("POST", path, body, headers)

    def created(self, path, body=None, headers=None):
        answer = self.post(path, body, headers)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(list(answer.json), ["id"])
        return answer.json["id"]

    def curl(self, *arguments):
        return curl(self.directory, *arguments)

    def curl_photo(self):
        pathlib.Path(self.directory, "p.jpg").write_bytes(PHOTO)
        answer = self.curl("-F", "name=Ann", "-F", "photo=@p.jpg", self.node.url("storage/60"))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["id"]

    def check_ttl(self, ttl, change):
        """That `change`, which gives an area, has it end in `ttl` seconds by the store's clock, as one that says 600."""
        measure = self.node.create(600)
        area = change()
        ends = dict(self.node.rows("SELECT id, expires_at FROM mobile_areas"))
        self.assertLessEqual(abs((ends[area] - ends[measure]) / 1000 + 600 - ttl), 20)

    # --- Values ---

    def test_a_text_and_a_photo_as_curl_sends_them(self):
        area = self.curl_photo()
        self.assertRegex(area, rf"\A{UUID}\Z")
        answer = self.curl(self.node.url(f"storage/{area}"))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.headers["Cache-Control"], "no-cache, no-store")
        self.assertEqual(answer.headers["Pragma"], "no-cache")
        place = f"/genesys/1/storage/binary/{area}/photo"
        self.assertEqual(answer.json, {"name": "Ann", "photo": place})
        self.assertEqual(self.node.ask("GET", place).body, PHOTO)

    def test_one_key_is_a_text_or_a_file(self):
        area = self.curl_photo()
        text = self.node.get(f"storage/{area}/name")
        self.assertEqual((text.status, text.body), (200, b"Ann"))
        self.assertEqual(text.headers["Content-Type"], "text/plain;charset=UTF-8")
        photo = self.node.get(f"storage/{area}/photo")
        self.assertEqual((photo.status, photo.body), (200, PHOTO))
        self.assertEqual(photo.headers["Content-Type"], "image/jpeg")
        self.assertRegex(photo.headers["Content-Disposition"], r'^attachment; filename="?p\.jpg')
        self.assertEqual(photo.headers["X-Content-Type-Options"], "nosniff")
        raw = self.node.get(f"storage/binary/{area}/name")
        self.assertEqual((raw.headers["Content-Type"], raw.body), ("application/octet-stream", b"Ann"))

    def test_a_file_that_says_what_is_no_media_type_is_bytes(self):
        for said in ("nonsense", "text/html; charset", "a/b, c/d"):
            with self.subTest(said):
                body, headers = multipart([("f", b"<b>", "f.html", said)])
                area = self.created("storage/60", body, headers)
                answer = self.node.get(f"storage/{area}/f")
                self.assertEqual(answer.body, b"<b>")
                self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
                self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_names_of_files_end_no_header_line(self):
        for name in ("größe.jpg", 'a"b\\c', "x" * 200):
            with self.subTest(name):
                body, headers = multipart([("f", b"1", name.replace("\\", "\\\\").replace('"', '\\"'), "image/png")])
                area = self.created("storage/60", body, headers)
                answer = self.node.get(f"storage/{area}/f")
                self.assertEqual((answer.status, answer.body), (200, b"1"))
                self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_forms_and_json_are_one_list_of_texts(self):
        form = self.curl("-d", "name=Ann&city=K%C3%B6ln&none=&plus=a+b", self.node.url("storage/60")).json["id"]
        self.assertEqual(self.node.read(form), {"name": "Ann", "city": "Köln", "none": "", "plus": "a b"})
        value = {"text": "Köln 😀", "whole": 12, "half": 0.5, "yes": True, "deep": {"a": [1, None]}}
        body = json.dumps(value)
        expected = {"text": "Köln 😀", "whole": "12", "half": "0.5", "yes": "true", "deep": '{"a":[1,null]}'}
        self.assertEqual(self.node.read(self.created("storage/60", body, JSON)), expected)
        # Clients send JSON that they call a form, or nothing at all.
        self.assertEqual(self.node.read(self.created("storage/60", body, FORM)), expected)
        self.assertEqual(self.node.read(self.created("storage/60", " \n" + body)), expected)

    def test_of_a_name_that_comes_twice_the_last_counts_and_the_body_more_than_the_query(self):
        area = self.created("storage/60?a=query&b=query", "a=1&a=2", FORM)
        self.assertEqual(self.node.read(area), {"a": "2", "b": "query"})

    def test_text_of_a_multipart_form_has_the_character_set_that_it_names(self):
        body = (b'--B\r\nContent-Disposition: form-data; name="city"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n'
                b"K\xf6ln\r\n--B--\r\n")
        area = self.created("storage/60", body, {"Content-Type": "multipart/form-data; boundary=B"})
        self.assertEqual(self.node.read(area), {"city": "Köln"})

    def test_an_area_may_begin_without_keys(self):
        area = self.created("storage/60")
        self.assertEqual(self.node.read(area), {})
        self.created(f"storage/{area}/60", "a=1", FORM)
        self.assertEqual(self.node.read(area), {"a": "1"})

    # --- Changes ---

    def test_an_update_adds_and_replaces_and_keeps_the_rest(self):
        body, headers = multipart([("keep", "1"), ("text", "2"), ("file", b"3", "f", "image/png")])
        area = self.created("storage/60", body, headers)
        body, headers = multipart([("text", b"4", "t", "image/png"), ("file", "5"), ("new", "6")])
        self.assertEqual(self.created(f"storage/{area}/60", body, headers), area)
        self.assertEqual(self.node.read(area), {"keep": "1", "text": f"/genesys/1/storage/binary/{area}/text", "file": "5",
                                                "new": "6"})
        self.assertEqual(self.node.get(f"storage/binary/{area}/text").body, b"4")

    def test_what_is_removed_is_gone(self):
        area = self.curl_photo()
        removed = self.node.ask("DELETE", f"storage/{area}/photo")
        self.assertEqual(removed.status, 200)
        self.check_error(self.node.get(f"storage/{area}/photo"), 404, "NotFound")
        self.check_error(self.node.ask("DELETE", f"storage/{area}/photo"), 404, "NotFound")
        self.assertEqual(self.node.read(area), {"name": "Ann"})
        removed = self.node.ask("DELETE", f"storage/{area}")
        self.assertEqual((removed.status, removed.body), (200, b""))
        for method in ("GET", "DELETE"):
            self.check_error(self.node.ask(method, f"storage/{area}"), 404, "NotFound")
        self.check_error(self.post(f"storage/{area}/60", "a=1", FORM), 404, "NotFound")
        self.assertEqual(self.node.rows("SELECT count(*) FROM mobile_files WHERE area = ?", area), [(0,)])

    def test_a_custom_area_belongs_to_a_user(self):
        def ask(method, path, body=None, user="ann"):
            return self.node.ask(method, f"storage/custom/{path}", body, {"gms_user": user, **FORM})

        answer = ask("POST", "my%20cart/60", "a=1&b=2")
        self.assertEqual((answer.status, answer.json), (200, {"id": "my cart"}))
        ask("POST", "my%20cart/60", "c=3")  # takes the place of the whole
        self.assertEqual(ask("GET", "my%20cart").json, {"c": "3"})
        self.assertEqual(ask("GET", "my%20cart/c").body, b"3")
        self.check_error(ask("GET", "my%20cart", user="bob"), 404, "NotFound")
        self.check_error(self.node.get("storage/custom/my%20cart"), 400, "BadRequest", "gms_user")
        self.check_error(self.post("storage/custom/cart/60", "a=1", FORM), 400, "BadRequest", "gms_user")
        self.assertEqual(ask("DELETE", "my%20cart/c").status, 200)
        self.assertEqual(ask("GET", "my%20cart").json, {})
        self.assertEqual(ask("DELETE", "my%20cart").status, 200)
        self.check_error(ask("GET", "my%20cart"), 404, "NotFound")

    # --- Time ---

    def test_an_area_is_gone_after_its_time_and_swept(self):
        area = self.node.create(1, name="Ann")
        eventually(lambda: self.node.get(f"storage/{area}").status == 404, "its time is over")
        self.check_error(self.node.get(f"storage/{area}"), 404, "NotFound")
        self.check_error(self.post(f"storage/{area}/60", "a=1", FORM), 404, "NotFound")
        eventually(lambda: not self.node.rows("SELECT 1 FROM mobile_areas WHERE id = ?", area), "it was swept")

    def test_what_is_no_ttl_is_30(self):
        for path in ("storage", "storage/", "storage/abc", "storage/0", "storage/-5", "storage/1.5", "storage/%20"):
            with self.subTest(path):
                self.check_ttl(DEFAULT_TTL, lambda to=path: self.created(to, "a=1", FORM))

    def test_a_ttl_ends_at_a_year(self):
        for ttl in (YEAR + 1, 10**30):
            self.check_ttl(YEAR, lambda told=ttl: self.created(f"storage/{told}", "a=1", FORM))

    def test_an_update_gives_an_area_another_time(self):
        area = self.node.create(60, a="1")
        self.check_ttl(6000, lambda: self.created(f"storage/{area}/6000", "b=1", FORM))
        # The form of an id, so no ttl: an update with the usual one.
        self.check_ttl(DEFAULT_TTL, lambda: self.created(f"storage/{area}", "b=1", FORM))

    # --- Limits ---

    def test_a_part_that_grows_in_utf_8(self):
        letter = "\N{LATIN SMALL LETTER E WITH ACUTE}"
        size = BODY_BYTES_MAX * 2 // 3
        body = (b"--B\r\nContent-Disposition: form-data; name=t\r\nContent-Type: text/plain;charset=ISO-8859-1\r\n\r\n"
                + b"\xe9" * size + b"\r\n--B--\r\n")
        created = self.post("storage/60", body, {"Content-Type": "multipart/form-data; boundary=B"})
        self.assertEqual(created.status, 200, created.body[:200])
        self.assertEqual(self.node.get(f"storage/{created.json['id']}/t").body.decode(), letter * size)

    def test_a_body_of_10_mib_and_one_byte_more(self):
        empty = len(multipart([("f", b"", "f", "image/png")], boundary="B")[0])
        for more in (0, 1):
            bytes_sent = os.urandom(BODY_BYTES_MAX - empty + more)
            body, headers = multipart([("f", bytes_sent, "f", "image/png")], boundary="B")
            self.assertEqual(len(body), BODY_BYTES_MAX + more)
            answer = self.post("storage/60", body, headers)
            if more:
                self.check_error(answer, 413, "TooLarge", "10 MiB")
            else:
                self.assertEqual(answer.status, 200)
                self.assertEqual(self.node.get(f"storage/binary/{answer.json['id']}/f").body, bytes_sent)

    def test_a_key_ends_at_255_bytes(self):
        area = self.node.create(**{"k" * KEY_BYTES_MAX: "1"})
        self.assertEqual(self.node.get(f"storage/{area}/{'k' * KEY_BYTES_MAX}").body, b"1")
        self.check_refused("k" * (KEY_BYTES_MAX + 1) + "=1", "255")

    def test_keys_end_at_a_thousand(self):
        area = self.created("storage/60", "&".join(f"k{n}=1" for n in range(1000)), FORM)
        self.check_refused("&".join(f"k{n}=1" for n in range(1001)), "1000")
        self.created(f"storage/{area}/60", "k0=2", FORM)  # one that is there
        answer = self.post(f"storage/{area}/60", "more=1", FORM)
        self.check_error(answer, 400, "BadRequest", "1000")

    def check_refused(self, body, limit):
        """Too many, or a name too long: 400 with the limit; 413 is for bytes."""
        answer = self.post("storage/60", body, FORM)
        self.check_error(answer, 400, "BadRequest")
        self.assertIn(limit, answer.json["message"].replace(",", ""))

    def test_names_of_parameters_are_no_user_data(self):
        for body, headers in (("_name=1", FORM), ('{"_name":1}', JSON), multipart([("_f", b"1", "f", "image/png")])):
            self.check_error(self.post("storage/60", body, headers), 400, "BadRequest", "_")
        area = self.node.create(a="1")
        self.check_error(self.post(f"storage/{area}/60", "_a=1", FORM), 400, "BadRequest")
        self.assertEqual(self.node.read(area), {"a": "1"})

    # --- Mistakes ---

    def test_what_is_not_served(self):
        for path in ("storag", "storage/a/b/c/d", "../storage", "/genesys", "/genesys/2/storage/60", "/other"):
            with self.subTest(path):
                status = 400 if ".." in path else 404
                self.check_error(self.post(path), status, {400: "BadRequest", 404: "NotFound"}[status])
        answer = self.node.ask("PUT", "storage/60")
        self.check_error(answer, 405, "MethodNotAllowed")
        self.assertIn("POST", answer.headers["Allow"])

    def test_bodies_that_are_nothing(self):
        cases = [
            (415, "UnsupportedMediaType", b"<a/>", {"Content-Type": "application/xml"}),
            (400, "BadRequest", b'{"a":', JSON),
            (400, "BadRequest", b"[1]", JSON),
            (400, "BadRequest", b"a=%zz", FORM),
            (400, "BadRequest", b"a=%00", FORM),
            (400, "BadRequest", b"a=%ff", FORM),
            (400, "BadRequest", multipart([("a", "1")], "B")[0][:-6], {"Content-Type": "multipart/form-data; boundary=B"}),
            (400, "BadRequest", b"--B--\r\n", {"Content-Type": "multipart/form-data"}),
            (400, "BadRequest", *multipart([("f", b"1", "a\tb", "image/png")])),
        ]
        for status, exception, body, headers in cases:
            with self.subTest(body):
                self.check_error(self.post("storage/60", body, headers), status, exception)
        for path in ("storage/%zz", "storage/a%00", "storage/%ff", "storage/%2e%2e/60"):
            with self.subTest(path):
                self.check_error(self.post(path, "a=1", FORM), 400, "BadRequest")

    def test_what_is_not_there(self):
        area = self.node.create(a="1")
        nowhere = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
        for path in (f"storage/{nowhere}", f"storage/{nowhere}/a", f"storage/{area}/b", f"storage/binary/{area}/b", "storage/x"):
            with self.subTest(path):
                self.check_error(self.node.get(path), 404, "NotFound")

    def test_head_is_a_get_without_its_body(self):
        area = self.node.create(name="Ann")
        answer = self.node.ask("HEAD", f"storage/{area}/name")
        self.assertEqual((answer.status, answer.body, answer.headers["Content-Length"]), (200, b"", "3"))


if __name__ == "__main__":
    unittest.main()
