"""Holds values against the schemas of an OpenAPI 3.1 document. It knows the keywords that our own document has; another one
is an error, so that nothing is passed over."""
import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
SAY_NOTHING = {"description", "examples", "format", "x-enum-varnames", "discriminator"}


def resolve(document, reference):
    """What "#/components/schemas/Error" names."""
    value = document
    for part in reference.removeprefix("#/").split("/"):
        value = value[part]
    return value


def flat(document, schema):
    """The schema with what it refers to put in its place."""
    if "$ref" not in schema:
        return schema
    return {**flat(document, resolve(document, schema["$ref"])), **{k: v for k, v in schema.items() if k != "$ref"}}


def problems(document, schema, value, where="the value"):
    """What is wrong with it, one sentence each."""
    found = []
    for keyword, rule in schema.items():
        if keyword not in SAY_NOTHING:
            found += KEYWORDS[keyword](document, schema, rule, value, where)
    return found


def _type(_document, _schema, rule, value, where):
    names = rule if isinstance(rule, list) else [rule]
    good = any(isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names)
    return [] if good else [f"{where} must be of type {rule}, and is {value!r}"]


def _only_if(kind, broken, text):
    def check(_document, _schema, rule, value, where):
        wrong = isinstance(value, kind) and broken(value, rule)
        return [f"{where} must {text} {rule}, and is {value!r}"] if wrong else []
    return check


def _properties(document, _schema, rule, value, where):
    return [problem for name, schema in rule.items() if name in value
            for problem in problems(document, schema, value[name], f"{where}.{name}")]


def _additional(document, schema, rule, value, where):
    return [problem for name in value if name not in schema["properties"]
            for problem in problems(document, rule, value[name], f"{where}.{name}")]


def _items(document, _schema, rule, value, where):
    return [problem for i, item in enumerate(value) for problem in problems(document, rule, item, f"{where}[{i}]")]


def _how_many(good):
    def check(document, _schema, rule, value, where):
        fitting = sum(not problems(document, one, value, where) for one in rule)
        return [] if good(fitting, len(rule)) else [f"{where} fits {fitting} of {len(rule)} schemas: {value!r}"]
    return check


KEYWORDS = {
    "$ref": lambda document, _schema, rule, value, where: problems(document, resolve(document, rule), value, where),
    "type": _type,
    "enum": lambda _document, _schema, rule, value, where:
        [] if value in rule else [f"{where} must be one of {rule}, and is {value!r}"],
    "minimum": _only_if(int, lambda value, rule: value < rule, "be at least"),
    "maximum": _only_if(int, lambda value, rule: value > rule, "be at most"),
    "minLength": _only_if(str, lambda value, rule: len(value) < rule, "have a length of at least"),
    "maxLength": _only_if(str, lambda value, rule: len(value) > rule, "have a length of at most"),
    "pattern": _only_if(str, lambda value, rule: not re.search(rule, value), "match"),
    "maxItems": _only_if(list, lambda value, rule: len(value) > rule, "have a length of at most"),
    "required": lambda _document, _schema, rule, value, where:
        [f"{where} lacks {name}" for name in rule if name not in value],
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _how_many(lambda fitting, _: fitting >= 1),
    "oneOf": _how_many(lambda fitting, _: fitting == 1),
    "allOf": _how_many(lambda fitting, all_of_them: fitting == all_of_them),
    "not": lambda document, _schema, rule, value, where:
        [f"{where} must not be {value!r}"] if not problems(document, rule, value, where) else [],
}
