"""
The request files: NN-name.http is a list of requests, one after the other.

    # What it shows, one line: the row of the table in docs/llc-sim.md.
    # @needs serviceaccount          (before the first request; waits for the namespace's default one)

    ###
    # @capture rv metadata.resourceVersion     keeps a value of the answer as {{rv}}
    # @until 200                               asks again until the status is this one, or
    # @until status.phase=Active               until the answer has this value
    # @only items[0].metadata, kind            records these parts of the body only
    # @keep managedFields                      records what is left out otherwise
    # @headers Etag                            records these headers besides the usual ones
    # @gist                                    leaves the words of an error out, where Go's parser or
                                               scheme speaks: code, reason and fields are compared
    # @silent                                  records nothing, the answer may be any
    POST /api/v1/namespaces/{{ns}}/secrets?dryRun=All
    Content-Type: application/json

    {"kind": "Secret", ...}

{{ns}} is a namespace of the file's own, {{id}} a word that no other run has, for names that are not
in a namespace; {{long}} is one character more than a ConfigMap holds, {{longest}} more than a
request may have. "< crds/x.yaml" as the body is that file, from the root of the tree. A body is JSON unless Content-Type says otherwise. "Authorization: none" asks as
nobody; any other value asks without the administrator's certificate.
"""

import re

PATH_STEP = re.compile(r'\.?([A-Za-z0-9_$-]+)|\[(\d+)\]|\[([\w.]+)=([^\]]+)\]|\["([^"]+)"\]')


class SceneError(Exception):
    pass


class Request:
    def __init__(self):
        self.captures, self.until, self.only = [], None, []
        self.keep, self.headers_kept = set(), []
        self.method = self.target = None
        self.headers, self.body = [], ""
        self.silent = self.gist = self.is_watch = False


class Scene:
    def __init__(self, name, text):
        self.name, self.text = name, text
        blocks = re.split(r"^###.*\n", text, flags=re.M)
        head = blocks[0].split("\n")
        if not head[0].startswith("# "):
            raise SceneError("%s: the first line says what the file shows" % name)
        self.title = head[0][2:].strip()
        self.needs = [line[len("# @needs "):].strip() for line in head
                      if line.startswith("# @needs ")]
        self.requests = [parse_request(name, block) for block in blocks[1:]]
        if not self.requests:
            raise SceneError("%s: no request" % name)


def parse_directive(name, line, request):
    word, _, rest = line[len("# @"):].partition(" ")
    if word == "capture":
        variable, path = rest.split(None, 1)
        request.captures.append((variable, path))
    elif word == "until":
        request.until = rest
    elif word == "only":
        request.only += [path.strip() for path in rest.split(",")]
    elif word == "keep":
        request.keep.update(rest.split())
    elif word == "headers":
        request.headers_kept += rest.split()
    elif word == "silent":
        request.silent = True
    elif word == "gist":
        request.gist = True
    else:
        raise SceneError("%s: unknown directive @%s" % (name, word))


def parse_request(name, block):
    request = Request()
    lines = block.split("\n")
    while lines and (not lines[0].strip() or lines[0].startswith("#")):
        line = lines.pop(0)
        if line.startswith("# @"):
            parse_directive(name, line, request)
    if not lines:
        raise SceneError("%s: a block without a request" % name)
    request.method, request.target = lines.pop(0).split(None, 1)
    while lines and lines[0].strip():
        key, _, value = lines.pop(0).partition(":")
        request.headers.append((key.strip(), value.strip()))
    request.body = "\n".join(lines).strip()
    request.is_watch = "watch=" in request.target
    if request.body and not any(key.lower() == "content-type" for key, _ in request.headers):
        request.headers.append(("Content-Type", "application/json"))
    return request


def find(value, path):
    """The value at a path ("items[0].metadata.name", "a[name=x]", 'b["c.d"]'), or None."""
    position = 0
    while position < len(path):
        step = PATH_STEP.match(path, position)
        if not step:
            raise SceneError("cannot read the path %s" % path)
        position = step.end()
        key, index, item_key, item_value, quoted = step.groups()
        if index is not None:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        elif item_key is not None:
            value = next((item for item in value if str(find(item, item_key)) == item_value),
                         None) if isinstance(value, list) else None
        else:
            value = value.get(key or quoted) if isinstance(value, dict) else None
        if value is None:
            return None
    return value
