"""
One-change mutants of a C file: what a slip of the hand, or a forgotten branch, would make of it.

Works on tokens, so that comments, strings and preprocessor lines stay as they are. The order is
that of the text; the same text always gives the same mutants.
"""

import re

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<char>'(?:[^'\\]|\\.)*')
      | (?P<number>\d[\w.]*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.X | re.S | re.M)

EXCHANGED = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
    "+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++", "<<": ">>", "/": "*",
    "%": "*",
}
KEYWORDS = {
    "if", "else", "for", "while", "do", "switch", "case", "default", "return", "break", "continue",
    "goto", "sizeof", "const", "static", "struct", "enum", "union", "unsigned", "int", "char",
    "bool", "void", "long", "size_t", "int64_t", "uint64_t", "uint8_t", "extern", "assert",
}
OPENING, CLOSING = "([{", ")]}"


class Token:
    def __init__(self, kind, text, start):
        self.kind, self.text, self.start, self.end = kind, text, start, start + len(text)


class Mutant:
    """text[start:end] is replaced."""

    def __init__(self, text, start, end, replacement):
        self.start, self.end, self.replacement = start, end, replacement
        self.line = text.count("\n", 0, start) + 1
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        before = text[first:last]
        after = text[first:start] + replacement + text[end:last]
        self.change = " ".join(before.split()) + " => " + " ".join(after.split())

    def apply(self, text):
        return text[:self.start] + self.replacement + text[self.end:]


def tokenize(text):
    tokens = [Token(m.lastgroup, m.group(), m.start()) for m in TOKEN.finditer(text)]
    return [token for token in tokens if token.kind not in ("space", "directive")]


class Source:
    def __init__(self, text):
        self.text = text
        self.tokens = tokenize(text)
        self.partner = self.find_partners()
        self.in_function = self.find_functions()
        self.in_assert = self.find_asserts()
        self.mutants = []

    def find_partners(self):
        partner, open_ = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind == "sign" and token.text in OPENING:
                open_.append(i)
            elif token.kind == "sign" and token.text in CLOSING:
                partner[i] = open_.pop()
                partner[partner[i]] = i
        return partner

    def find_functions(self):
        """Which tokens are in a function's body: braces at the outermost level, after a ')'."""
        inside = [False] * len(self.tokens)
        i = 0
        while i < len(self.tokens):
            if self.is_sign(i, "{"):
                end = self.partner[i]
                if self.is_sign(i - 1, ")"):
                    inside[i:end + 1] = [True] * (end + 1 - i)
                i = end
            i += 1
        return inside

    def find_asserts(self):
        """Programming errors: no input can reach them."""
        inside = [False] * len(self.tokens)
        for i, token in enumerate(self.tokens):
            if token.text == "assert" and self.is_sign(i + 1, "("):
                end = self.partner[i + 1]
                inside[i:end + 1] = [True] * (end + 1 - i)
        return inside

    def is_sign(self, i, text):
        return 0 <= i < len(self.tokens) and self.tokens[i].kind == "sign" and \
            self.tokens[i].text == text

    def add(self, first, last, replacement):
        """Replaces the tokens from first to last; lines stay where they are."""
        start, end = self.tokens[first].start, self.tokens[last].end
        lines = self.text.count("\n", start, end) - replacement.count("\n")
        self.mutants.append(Mutant(self.text, start, end, replacement + "\n" * lines))

    def part(self, first, last):
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def is_operand(self, i):
        token = self.tokens[i]
        return token.kind in ("number", "string", "char") or token.text in (")", "]") or \
            (token.kind == "word" and token.text not in KEYWORDS)

    def mutate_condition(self, i):
        """if, while and the middle of for: turned round; guards also left out."""
        end = self.partner[i + 1]
        first, last = i + 2, end - 1
        if self.tokens[i].text == "for":
            semicolons = [k for k in range(i + 2, end) if self.is_sign(k, ";")]
            first, last = semicolons[0] + 1, semicolons[1] - 1
        condition = self.part(first, last)
        self.add(first, last, "!(" + condition + ")")
        if self.tokens[i].text == "if" and \
                self.tokens[end + 1].text in ("return", "continue", "break", "goto"):
            self.add(first, last, "0 && (" + condition + ")")

    def mutate_sign(self, i):
        text = self.tokens[i].text
        if text == "?":
            self.add(i, i, "&& 0 ?")
            self.add(i, i, "|| 1 ?")
        elif text == "!":
            self.add(i, i, "")
        elif text in EXCHANGED and \
                (text in ("++", "--") or (self.is_operand(i - 1) and not self.is_cast(i - 1))):
            self.add(i, i, EXCHANGED[text])

    def is_cast(self, i):
        """(struct x *)-1, (size_t)+1: what stands before the sign is a type."""
        return self.is_sign(i, ")") and all(
            token.text in KEYWORDS or token.text == "*"
            for token in self.tokens[self.partner[i] + 1:i])

    def mutate_number(self, i):
        match = re.fullmatch(r"(0x[0-9a-fA-F]+|\d+)([uUlL]*)", self.tokens[i].text)
        if not match:
            return
        # Any negative number is a failure to our callers; 0 is not.
        value = int(match.group(1), 0)
        fails = self.is_sign(i - 1, "-") and self.tokens[i - 2].text == "return"
        for changed in (value + 1, value - 1):
            if changed >= 0 and not (fails and changed > 0):
                self.add(i, i, str(changed) + match.group(2))

    def mutate_return(self, i):
        value = self.tokens[i + 1]
        if not self.is_sign(i + 2, ";"):
            return
        if value.text in ("true", "false"):
            self.add(i + 1, i + 1, "false" if value.text == "true" else "true")
        elif value.kind == "string":
            self.add(i + 1, i + 1, '"mutant"')
        elif re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", value.text):
            others = sorted({token.text for k, token in enumerate(self.tokens)
                             if k > 0 and self.tokens[k - 1].text == "return" and
                             token.text != value.text and
                             token.text.split("_")[0] == value.text.split("_")[0]})
            if others:
                self.add(i + 1, i + 1, others[0])

    def statement_end(self, i):
        """The semicolon of an expression that begins at i, or None."""
        while i < len(self.tokens):
            token = self.tokens[i]
            if token.kind == "sign" and token.text in OPENING:
                i = self.partner[i]
            elif token.kind == "sign" and token.text in CLOSING:
                return None
            elif self.is_sign(i, ";"):
                return i
            i += 1
        return None

    def begins_statement(self, i):
        before = self.tokens[i - 1]
        if before.kind == "word":
            return before.text in ("else", "do")
        if before.text in (";", "{", "}"):
            return True
        if before.text == ":":
            k = i - 2
            while k > 0 and self.tokens[k].kind in ("word", "number", "char"):
                if self.tokens[k].text in ("case", "default"):
                    return True
                k -= 1
            return False
        return before.text == ")" and \
            self.tokens[self.partner[i - 1] - 1].text in ("if", "for", "while")

    def is_in_parentheses(self, i):
        """The parts of a for's head end like statements."""
        while i >= 0:
            if self.partner.get(i, i) < i:
                i = self.partner[i]
            elif i in self.partner:
                return self.tokens[i].text in "(["
            i -= 1
        return False

    def mutate_statement(self, i):
        if i + 1 == len(self.tokens):
            return
        token, following = self.tokens[i], self.tokens[i + 1]
        if token.text in ("break", "continue"):
            self.add(i, i, "")
            return
        is_expression = (token.kind == "word" and token.text not in KEYWORDS and
                         following.kind == "sign") or token.text in ("*", "++", "--")
        if not is_expression or (token.kind == "word" and following.text == "*" and
                                 self.tokens[i + 2].kind == "word" and
                                 self.tokens[i + 3].text in (";", "=", ",")):
            return
        end = self.statement_end(i)
        if end is not None and following.text != ":":
            self.add(i, end - 1, "")

    def mutate_token(self, i):
        token = self.tokens[i]
        if token.kind == "number":
            self.mutate_number(i)
        if not self.in_function[i]:
            return
        if token.kind == "sign":
            self.mutate_sign(i)
        elif token.text in ("if", "while", "for") and self.is_sign(i + 1, "("):
            self.mutate_condition(i)
        elif token.text == "return":
            self.mutate_return(i)
        if self.begins_statement(i) and not self.is_in_parentheses(i - 1):
            self.mutate_statement(i)

    def mutate(self):
        for i in range(len(self.tokens)):
            if not self.in_assert[i]:
                self.mutate_token(i)
        return self.mutants


def mutants_of(text):
    return Source(text).mutate()
