package proxy

import (
	"bytes"
	"regexp"
	"strings"
)

// rots are the ways to spoil an answer or an event.
var rots = []struct{ name, help string }{
	{"nul", "a NUL byte within a string of the first item's metadata"},
	{"bom", "a byte order mark before everything"},
	{"utf8", "bytes that are no UTF-8 within a string of the first item's metadata"},
	{"line1m", "1 MiB of one string in the first item's metadata"},
	{"deep9000", "9,000 nested arrays in the first item's metadata"},
	{"int", "the first generation is 2^64 + 1"},
	{"dupkeys", "name and uid come twice in the first item's metadata, first those of another object"},
	{"line", "a line that is no JSON instead of everything"},
	{"login-page", "an HTML page instead of everything"},
}

func rotNames() (names []string) {
	for _, r := range rots {
		names = append(names, r.name)
	}
	return names
}

const loginPage = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>" +
	"<body><form action=\"/login\"><input name=\"user\"><input name=\"password\"></form></body></html>\n"

var generation = regexp.MustCompile(`"generation":[0-9]+`)

// spoil makes garbage of the JSON of an answer or an event.
func spoil(rot string, body []byte) []byte {
	switch rot {
	case "bom":
		return append([]byte("\xEF\xBB\xBF"), body...)
	case "line":
		return []byte("}{ this is \"no JSON\n")
	case "login-page":
		return []byte(loginPage)
	case "nul":
		return insert(body, "\"spoiled\":\"a\x00b\",")
	case "utf8":
		return insert(body, "\"spoiled\":\"a\xFF\xC0\x80\xED\xA0\x80b\",")
	case "line1m":
		return insert(body, `"spoiled":"`+strings.Repeat("x", 1<<20)+`",`)
	case "deep9000":
		return insert(body, `"spoiled":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+",")
	case "dupkeys":
		return insert(body, `"name":"another","uid":"00000000-0000-0000-0000-000000000000",`)
	case "int":
		at := metadata(body)
		if found := generation.FindIndex(body[at:]); found != nil {
			return splice(body, at+found[0], at+found[1], `"generation":18446744073709551617`)
		}
		return insert(body, `"generation":18446744073709551617,`)
	}
	panic("no such garbage: " + rot)
}

// insert puts members at the beginning of the first item's metadata.
func insert(body []byte, members string) []byte {
	at := metadata(body)
	return splice(body, at, at, members)
}

func splice(body []byte, from, to int, text string) []byte {
	spoiled := make([]byte, 0, len(body)+len(text))
	spoiled = append(spoiled, body[:from]...)
	spoiled = append(spoiled, text...)
	return append(spoiled, body[to:]...)
}

// metadata is where the members of the first item's metadata begin: of the
// object itself where there are no items.
func metadata(body []byte) int {
	const key = `"metadata":{`
	start := 0
	if i := bytes.Index(body, []byte(`"items":[`)); i >= 0 {
		start = i
	}
	i := bytes.Index(body[start:], []byte(key))
	if i < 0 {
		start = 0
		i = bytes.Index(body, []byte(key))
	}
	if i < 0 { // no object at all: after its first byte
		return min(1, len(body))
	}
	return start + i + len(key)
}
