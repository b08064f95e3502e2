package proxy

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	for text, want := range map[string]Fault{
		"write=3:kill-before":                   {Scope: Write, First: 3, Last: 3, Act: "kill-before"},
		"write=2..4:status=409":                 {Scope: Write, First: 2, Last: 4, Act: "status", Arg: "409"},
		"read=2..:truncate=100":                 {Scope: Read, First: 2, Last: Unending, Act: "truncate", Arg: "100"},
		"event=pods/5:drop":                     {Scope: Event, Resource: "pods", First: 5, Last: 5, Act: "drop"},
		"event=rollouts:delay=5s":               {Scope: Event, Resource: "rollouts", Act: "delay", Arg: "5s"},
		"events:reorder":                        {Scope: Event, Act: "reorder"},
		"event=3:gone":                          {Scope: Event, First: 3, Last: 3, Act: "gone"},
		"patch=longlivedcanaries/status/2:lose": {Scope: Patch, Resource: "longlivedcanaries/status", First: 2, Last: 2, Act: "lose"},
		"patch=longlivedcanaries/status:lose":   {Scope: Patch, Resource: "longlivedcanaries/status", Act: "lose"},
		"all:status=503%50,for=5s":              {Scope: All, Act: "status", Arg: "503", Percent: 50, For: 5 * time.Second},
		"write=1:status=429,for=1m,retry-after=2,warm": {Scope: Write, First: 1, Last: 1, Act: "status", Arg: "429",
			For: time.Minute, RetryAfter: 2, Warm: true},
		"list:backwards":          {Scope: List, Act: "backwards"},
		"read=1:slow=1B/s":        {Scope: Read, First: 1, Last: 1, Act: "slow", Arg: "1B/s"},
		"write=1:wrong-length=-7": {Scope: Write, First: 1, Last: 1, Act: "wrong-length", Arg: "-7"},
		"conn=2:reset-handshake":  {Scope: Conn, First: 2, Last: 2, Act: "reset-handshake"},
		"tls:tls1.0":              {Scope: TLS, Act: "tls1.0"},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
		if got.String() != text {
			t.Errorf("%s: written as %s", text, got)
		}
		if err := got.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryExampleIsAFault(t *testing.T) {
	for _, a := range acts {
		f, err := Parse(a.example)
		if err != nil || f.Act != a.name || f.String() != a.example {
			t.Errorf("%s: %s, %v", a.name, f, err)
		}
	}
}

func TestParseSaysWhereItIsWrong(t *testing.T) {
	for text, want := range map[string]int{
		"":                         0,
		"write":                    5,
		"right:drop":               0,
		"write=0:drop":             6,
		"write=03:drop":            6,
		"write=3..3:drop":          9,
		"write=4..3:drop":          9,
		"write=3..x:drop":          9,
		"write=Pods/3:drop":        6,
		"write=a/b/c/3:drop":       6,
		"write=pods/3x:drop":       11,
		"conn=pods/1:fin":          5,
		"write=3":                  7,
		"write=3:":                 8,
		"write=3:kil":              8,
		"write=3:gone":             8,
		"watch:wrong-length":       6,
		"write:stale=3":            6,
		"write=3:drop=":            13,
		"write=3:drop=1":           13,
		"write=3:delay":            13,
		"write=3:delay=":           14,
		"write=3:delay=5":          14,
		"write=3:delay=-5s":        14,
		"write:status=200":         13,
		"read:garbage=mud":         13,
		"read:slow=0B/s":           10,
		"read:wrong-length=0":      18,
		"write:drop%0":             11,
		"write:drop%100":           11,
		"write:drop,for=x":         15,
		"write:drop,for":           11,
		"write:drop,for=1s,for=1s": 18,
		"write:drop,retry-after=1": 11,
		"write:drop,cold":          11,
		"event:drop,warm":          11,
		"write:drop+":              11,
		"write:drop+write:mud":     17,
		"write:drop++write:drop":   11,
	} {
		_, err := ParsePlan(text)
		if text == "" {
			_, err = Parse(text)
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: taken", text)
		} else if syntax.Offset != want || syntax.Text != text {
			t.Errorf("%v: want byte %d", err, want)
		}
	}
}

func TestPlanRoundTrip(t *testing.T) {
	const text = "write=3:kill-after+list=5..:stale=40,for=5s+event=pods/2:drop"
	plan, err := ParsePlan(text)
	if err != nil || len(plan) != 3 || Format(plan) != text {
		t.Errorf("%s, %v", Format(plan), err)
	}
	if none, err := ParsePlan(""); err != nil || len(none) != 0 || Format(none) != "" {
		t.Errorf("the plan without faults: %v, %v", none, err)
	}
}

func TestCheckRefusesWhatCanNotBeWritten(t *testing.T) {
	for _, f := range []Fault{
		{},
		{Scope: Write},
		{Scope: Write, Act: "drop", Arg: "1"},
		{Scope: Write, Act: "drop", Last: 3},
		{Scope: Write, Act: "drop", First: 3},
		{Scope: Write, Act: "drop", Percent: 100},
		{Scope: Write, Act: "drop", Resource: "a:b"},
		{Scope: Conn, Act: "fin", Warm: true},
	} {
		if f.Check() == nil {
			t.Errorf("%+v: taken as %s", f, f)
		}
	}
}

func TestHelpNamesEveryFault(t *testing.T) {
	var help bytes.Buffer
	WriteHelp(&help)
	for _, a := range acts {
		if !strings.Contains(help.String(), "\n"+a.name) || !strings.Contains(help.String(), ", as in "+a.example+"\n") {
			t.Errorf("%s is missing", a.name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, a := range acts {
		f.Add(a.example)
		f.Add(a.example + "+" + acts[0].example)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := ParsePlan(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParsePlan(Format(plan))
		if err != nil || Format(again) != Format(plan) {
			t.Fatalf("%q: written as %q: %v", text, Format(plan), err)
		}
		for _, fault := range plan {
			if err := fault.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
