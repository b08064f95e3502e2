"""
What two servers that behave alike may still answer differently gets a name that is the same for
both: UIDs and versions are numbered in the order in which they are first seen, so that what was
equal stays equal; times, addresses, tokens and random names become a word.

A time or address that stands in the request file was asked for, and stays.
"""

import json
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
ADDRESS = re.compile(r"^\d+\.\d+\.\d+\.\d+$")
AGE = re.compile(r"^(\d+[smhd])+$")
VERSION_IN_TEXT = re.compile(r'(esource ?[vV]ersion(?:: "?| in record \()"?)\d{2,}( \(\d+\))?')
PREFIX = re.compile(r'"generateName": *"([^"]+)"')
RANDOM = "[bcdfghjklmnpqrstvwxz2456789]{5}"
WORDS = {"continue": "<continue>", "token": "<token>"}


class Normaliser:
    """One for each file played: the numbers go through all its answers."""

    def __init__(self, source, namespace, unique):
        self.source, self.namespace, self.unique = source, namespace, unique
        self.uids, self.versions, self.names = {}, {}, {}
        self.prefixes = sorted(set(PREFIX.findall(source)))

    def number(self, table, value, word):
        return "<%s:%d>" % (word, table.setdefault(value, len(table) + 1))

    def text(self, text):
        for prefix in self.prefixes:
            for name in re.findall(re.escape(prefix) + RANDOM + r"\b", text):
                self.names.setdefault(name, "%s<random:%d>" % (prefix, len(self.names) + 1))
        for name, stable in self.names.items():
            text = text.replace(name, stable)
        text = text.replace(self.namespace, "<ns>").replace(self.unique, "<id>")
        text = UID.sub(lambda m: m.group() if m.group() in self.source
                       else self.number(self.uids, m.group(), "uid"), text)
        text = TIME.sub(lambda m: m.group() if m.group() in self.source
                        else "<microtime>" if m.group(1) else "<time>", text)
        return VERSION_IN_TEXT.sub(r"\1<version>", text)

    def member(self, key, value, is_list):
        if key == "resourceVersion" and isinstance(value, str) and value not in ("", "0"):
            return "<version>" if is_list else self.number(self.versions, value, "version")
        if key in WORDS and isinstance(value, str) and value:
            return WORDS[key]
        if isinstance(value, str) and ADDRESS.match(value) and value not in self.source:
            return "<address>"
        return None

    def generated(self, metadata):
        """Names made by the server: the same word wherever they come up again."""
        prefix, name = metadata.get("generateName"), metadata.get("name")
        if isinstance(prefix, str) and isinstance(name, str) and prefix and name.startswith(prefix) \
                and len(name) == len(prefix) + 5:
            self.names.setdefault(name, "%s<random:%d>" % (prefix, len(self.names) + 1))

    def prepare(self, value):
        if isinstance(value, dict):
            if isinstance(value.get("metadata"), dict):
                self.generated(value["metadata"])
            for item in value.values():
                self.prepare(item)
        elif isinstance(value, list):
            for item in value:
                self.prepare(item)

    def cell(self, value):
        return "<age>" if isinstance(value, str) and AGE.match(value) else self.value(value, set())

    def column(self, column):
        """How a column is described is no behaviour, unless the file describes it."""
        description = column.get("description")
        return column if description and description in self.source \
            else column | {"description": "<description>"}

    def value(self, value, keep, is_list=False):
        if isinstance(value, str):
            return "<address>" if ADDRESS.match(value) and value not in self.source \
                else self.text(value)
        if isinstance(value, list):
            return [self.value(item, keep) for item in value]
        if not isinstance(value, dict):
            return value
        result = {}
        for key, item in value.items():
            if key in ("managedFields", "storageVersionHash") and key not in keep:
                continue
            last = key.rsplit(".", 1)[-1]  # of a path, when only parts are recorded
            if last == "cells" and isinstance(item, list):
                result[key] = [self.cell(cell) for cell in item]
                continue
            if key == "columnDefinitions" and isinstance(item, list):
                item = [self.column(column) for column in item]
            special = self.member(last, item, is_list)
            listing = key == "metadata" and ("items" in value or "rows" in value or
                                             str(value.get("kind", "")).endswith("List"))
            result[self.text(key)] = special if special is not None \
                else self.value(item, keep, listing)
        return result

    def gist(self, status):
        """Of an error only what programs read."""
        if isinstance(status, dict) and status.get("kind") == "Status":
            status["message"] = "<message>"
            for cause in status.get("details", {}).get("causes", []):
                cause["message"] = "<message>"

    def causes(self, status):
        """Those of a schema come in any order, and some twice."""
        details = status.get("details") if isinstance(status, dict) else None
        causes = details.get("causes") if isinstance(details, dict) else None
        if status.get("kind") != "Status" or not causes:
            return
        unique = {json.dumps(cause, sort_keys=True): cause for cause in causes}
        details["causes"] = [unique[text] for text in sorted(unique)]
        told = [": ".join(filter(None, (cause.get("field"), cause.get("message"))))
                for cause in causes]
        before, bracket, rest = status.get("message", "").partition(": [")
        if bracket and rest.endswith("]") and all(text in rest for text in told):
            status["message"] = before + ": [<each cause>]"

    def body(self, value, keep):
        if isinstance(value, dict):
            self.causes(value)
        self.prepare(value)
        return self.value(value, keep)

    def event(self, line, keep):
        """An event of a watch; None for a bookmark that says nothing but where we are."""
        value = json.loads(line)
        if value.get("type") == "BOOKMARK":
            metadata = value["object"].get("metadata", {})
            if "k8s.io/initial-events-end" not in metadata.get("annotations", {}):
                return None
            metadata["resourceVersion"] = "<version>"
            return {"type": "BOOKMARK", "object": self.value(
                {k: v for k, v in value["object"].items() if k != "metadata"}, keep) |
                {"metadata": metadata}}
        return self.body(value, keep)
