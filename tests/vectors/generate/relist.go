package main

import (
	"fmt"
	"net/http"
	"strings"

	"k8s.io/client-go/features"
)

func thing(name, version string) string {
	return fmt.Sprintf(`{"apiVersion":"test.dev/v1","kind":"Thing","metadata":{"name":%q,"namespace":"a","uid":"u-%s","resourceVersion":%q}}`, name, name, version)
}

func list(version, next string, items ...string) answer {
	return answer{Status: 200, Body: fmt.Sprintf(`{"apiVersion":"test.dev/v1","kind":"ThingList","metadata":{"resourceVersion":%q,"continue":%q},"items":[%s]}`, version, next, strings.Join(items, ","))}
}

func event(kind, object string) string {
	return fmt.Sprintf("{\"type\":%q,\"object\":%s}\n", kind, object)
}

func bookmark(version string) string {
	return event("BOOKMARK", fmt.Sprintf(`{"apiVersion":"test.dev/v1","kind":"Thing","metadata":{"resourceVersion":%q}}`, version))
}

func initialEnd(version string) string {
	return event("BOOKMARK", fmt.Sprintf(`{"apiVersion":"test.dev/v1","kind":"Thing","metadata":{"resourceVersion":%q,"annotations":{"k8s.io/initial-events-end":"true"}}}`, version))
}

func status(code int, reason, details string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"said so","reason":%q,"details":{%s},"code":%d}`, reason, details, code)
}

const tooLarge = `"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1`

// refusal is an answer with a Status.
func refusal(code int) answer {
	reasons := map[int]string{401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 410: "Expired", 422: "Invalid", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
	return answer{Status: code, Body: status(code, reasons[code], "")}
}

func (a answer) retryAfter(text string) answer {
	a.RetryAfter = text
	return a
}

// stream is a watch of five minutes that ends as it should.
func stream(events ...string) answer {
	return answer{Status: http.StatusOK, Body: strings.Join(events, ""), LivesMs: 300000}
}

func (a answer) lives(ms int64) answer {
	a.LivesMs = ms
	return a
}

func (a answer) cut() answer {
	a.Cut = true
	return a
}

func (a answer) open() answer {
	a.Open = true
	return a
}

func failure(name string) answer { return answer{Error: name} }

type scene struct {
	name   string
	script []answer
}

// Watches begin here.
var synced = list("10", "", thing("x", "9"))

// once is how a list or a watch may fail.
func failures() []scene {
	scenes := []scene{}
	for _, code := range []int{401, 403, 404, 410, 422, 429, 500, 503, 504} {
		scenes = append(scenes, scene{fmt.Sprint(code), []answer{refusal(code)}})
	}
	for _, code := range []int{403, 429, 500, 503} {
		scenes = append(scenes, scene{fmt.Sprint(code, "-retry-after"), []answer{refusal(code).retryAfter("3")}})
	}
	for _, name := range []string{"refused", "reset", "eof", "timeout"} {
		scenes = append(scenes, scene{name, []answer{failure(name)}})
	}
	return append(scenes,
		scene{"410-gone", []answer{{Status: 410, Body: status(410, "Gone", "")}}},
		scene{"504-too-large", []answer{{Status: 504, Body: status(504, "Timeout", tooLarge)}}},
		scene{"500-plain", []answer{{Status: 500, Body: "oops"}}},
		scene{"429-twice", []answer{refusal(429).retryAfter("1"), refusal(429).retryAfter("2")}},
		scene{"500-thrice", []answer{refusal(500), refusal(500), refusal(500)}},
		scene{"503-9", repeated(refusal(503), 9)},
		scene{"refused-9", repeated(failure("refused"), 9)},
	)
}

func joined(parts ...[]answer) []answer {
	var all []answer
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func repeated(one answer, n int) []answer {
	var all []answer
	for range n {
		all = append(all, one)
	}
	return all
}

func listScenes() []scene {
	scenes := []scene{
		{"list", []answer{synced}},
		{"list-empty", []answer{list("10", "")}},
		{"list-pages", []answer{list("10", "c1", thing("x", "1")), list("10", "c2", thing("y", "2")), list("10", "", thing("z", "3"))}},
		{"list-page-410", []answer{list("10", "c1", thing("x", "1")), refusal(410), list("12", "", thing("x", "1"))}},
		{"list-page-410-full-410", []answer{list("10", "c1"), refusal(410), refusal(410), synced}},
		{"list-page-500", []answer{list("10", "c1"), refusal(500), synced}},
		{"list-page-refused", []answer{list("10", "c1"), failure("refused"), synced}},
		{"list-garbage", []answer{{Status: 200, Body: "<html>"}, synced}},
		{"list-cut", []answer{{Status: 200, Body: synced.Body[:80], Cut: true}, synced}},
		{"list-half", []answer{{Status: 200, Body: synced.Body[:80]}, synced}},
		{"list-status", []answer{{Status: 200, Body: status(410, "Expired", "")}, synced}},
	}
	for _, failure := range failures() {
		scenes = append(scenes, scene{"list-" + failure.name, joined(failure.script, []answer{synced})})
	}
	return scenes
}

func watchScenes() []scene {
	news := event("MODIFIED", thing("x", "11"))
	scenes := []scene{
		{"end-after-event", []answer{stream(news)}},
		{"end-after-short-event", []answer{stream(news).lives(10)}},
		{"end-without-event", []answer{stream()}},
		{"end-after-999ms", []answer{stream().lives(999)}},
		{"end-after-1000ms", []answer{stream().lives(1000)}},
		{"end-after-bookmark", []answer{stream(bookmark("15"))}},
		{"end-after-short-bookmark", []answer{stream(bookmark("15")).lives(10)}},
		{"cut-after-event", []answer{stream(news).cut()}},
		{"cut-within-event", []answer{stream(news, news[:40]).cut()}},
		{"cut-without-event", []answer{stream().cut()}},
		{"cut-at-once", []answer{stream().lives(1).cut()}},
		{"added-modified-deleted", []answer{stream(event("ADDED", thing("y", "12")), event("MODIFIED", thing("y", "13")), event("DELETED", thing("y", "14")))}},
		{"other-kind", []answer{stream(event("ADDED", strings.Replace(thing("y", "12"), `"Thing"`, `"Other"`, 1))).open()}},
		{"unknown-type", []answer{stream(event("RENAMED", thing("y", "12"))).open()}},
		{"status-as-object", []answer{stream(event("ADDED", status(500, "InternalError", "")), news)}},
		{"garbage", []answer{stream("<html>\n").open()}},
		{"garbage-after-event", []answer{stream(news, "<html>\n").open()}},
		{"short-thrice", []answer{stream().lives(1), synced, stream().lives(1), synced, stream().lives(1), synced}},
		{"410-then-list-410", []answer{stream(event("ERROR", status(410, "Expired", ""))).open(), refusal(410), synced}},
		{"410-then-list-too-large", []answer{stream(event("ERROR", status(410, "Expired", ""))).open(), {Status: 504, Body: status(504, "Timeout", tooLarge)}, synced}},
		{"410-twice", []answer{stream(event("ERROR", status(410, "Expired", ""))).open(), synced, stream(event("ERROR", status(410, "Expired", ""))).open(), synced}},
		{"bookmark-then-410", []answer{stream(bookmark("15"), event("ERROR", status(410, "Expired", ""))).open(), synced}},
		{"event-then-410", []answer{stream(news, event("ERROR", status(410, "Gone", ""))).open(), synced}},
	}
	for _, error := range []struct{ name, object string }{
		{"410", status(410, "Expired", "")},
		{"410-gone", status(410, "Gone", "")},
		{"429", status(429, "TooManyRequests", "")},
		{"429-retry-after", status(429, "TooManyRequests", `"retryAfterSeconds":3`)},
		{"500", status(500, "InternalError", "")},
		{"503", status(503, "ServiceUnavailable", "")},
		{"504-too-large", status(504, "Timeout", tooLarge)},
		{"no-status", thing("x", "11")},
	} {
		scenes = append(scenes, scene{"error-" + error.name, []answer{stream(event("ERROR", error.object)).open()}})
	}
	scenes = append(scenes, failures()...)
	for i := range scenes {
		scenes[i].name = "watch-" + scenes[i].name
		scenes[i].script = joined([]answer{synced}, scenes[i].script)
	}
	return scenes
}

// Initial events in the stream of the watch.
func watchListScenes() []scene {
	// An event behind the bookmark: a stream without would be a very short watch or not, by chance.
	first := stream(event("ADDED", thing("x", "9")), initialEnd("10"), event("ADDED", thing("y", "11")))
	scenes := []scene{
		{"end", []answer{first}},
		{"end-before-bookmark", []answer{stream(event("ADDED", thing("x", "9"))), first}},
		{"cut-before-bookmark", []answer{stream(event("ADDED", thing("x", "9"))).cut(), first}},
		{"410-before-bookmark", []answer{stream(event("ADDED", thing("x", "9")), event("ERROR", status(410, "Expired", ""))).open(), first}},
		{"429-before-bookmark", []answer{stream(event("ERROR", status(429, "TooManyRequests", ""))).open(), first}},
		{"500-before-bookmark", []answer{stream(event("ERROR", status(500, "InternalError", ""))).open(), synced}},
		{"empty-stream", []answer{stream().lives(1), synced}},
		{"410-after-bookmark", []answer{stream(event("ADDED", thing("x", "9")), initialEnd("10"), event("ERROR", status(410, "Expired", ""))).open(), first}},
	}
	for _, failure := range failures() {
		next := first
		switch failure.name {
		case "429", "429-retry-after", "410", "410-gone", "504-too-large", "refused", "reset", "eof", "timeout", "429-twice", "refused-9", "500-retry-after", "503-retry-after":
		default:
			next = synced // the first failure is the end of streaming, the next ones are of lists
		}
		if failure.name == "503-9" { // by turns as a stream and as a list
			continue
		}
		scenes = append(scenes, scene{failure.name, joined(failure.script, []answer{next})})
	}
	for i := range scenes {
		scenes[i].name = "watch-list-" + scenes[i].name
	}
	return scenes
}

type gates struct{ watchList bool }

func (g gates) Enabled(feature features.Feature) bool {
	return feature == features.WatchListClient && g.watchList
}

// relists: what a Reflector asks when it is answered so. The last request has no answer any more.
func relists(*chance) []row {
	var rows []row
	for _, watchList := range []bool{false, true} {
		features.ReplaceFeatureGates(gates{watchList})
		scenes := append(listScenes(), watchScenes()...)
		if watchList {
			scenes = watchListScenes()
		}
		for _, s := range scenes {
			rows = append(rows, row{s.name, s.script, reflect(s.script)})
		}
	}
	return rows
}
