package proxy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SyntaxError says where a fault's text is not one.
type SyntaxError struct {
	Text   string
	Offset int // in bytes, of what is wrong
	Why    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("fault %q: at byte %d: %s", e.Text, e.Offset, e.Why)
}

// Parse reads the text form of one fault.
func Parse(text string) (Fault, error) {
	p := parser{text: text, end: len(text)}
	return p.fault()
}

// ParsePlan reads faults joined by "+". An empty text is a plan without faults.
func ParsePlan(text string) ([]Fault, error) {
	var plan []Fault
	if text == "" {
		return nil, nil
	}
	for start := 0; ; {
		end := len(text)
		if i := strings.IndexByte(text[start:], '+'); i >= 0 {
			end = start + i
		}
		p := parser{text: text, pos: start, end: end}
		f, err := p.fault()
		if err != nil {
			return nil, err
		}
		plan = append(plan, f)
		if end == len(text) {
			return plan, nil
		}
		start = end + 1
	}
}

// parser reads text[pos:end].
type parser struct {
	text     string
	pos, end int
}

func (p *parser) fail(offset int, format string, args ...any) error {
	return &SyntaxError{p.text, offset, fmt.Sprintf(format, args...)}
}

// until is what comes before the first of the bytes in stops; pos is there then.
func (p *parser) until(stops string) string {
	rest := p.text[p.pos:p.end]
	if i := strings.IndexAny(rest, stops); i >= 0 {
		rest = rest[:i]
	}
	p.pos += len(rest)
	return rest
}

// accept steps over c if it is next.
func (p *parser) accept(c byte) bool {
	if p.pos < p.end && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) fault() (f Fault, err error) {
	if err = p.scope(&f); err != nil {
		return Fault{}, err
	}
	if p.accept('=') {
		if err = p.place(&f); err != nil {
			return Fault{}, err
		}
	}
	if !p.accept(':') {
		return Fault{}, p.fail(p.pos, "want \":\" and an act")
	}
	if err = p.act(&f); err != nil {
		return Fault{}, err
	}
	for p.accept(',') {
		if err = p.option(&f); err != nil {
			return Fault{}, err
		}
	}
	if p.pos != p.end {
		return Fault{}, p.fail(p.pos, "want \",\" or the end")
	}
	return f, nil
}

func (p *parser) scope(f *Fault) error {
	start := p.pos
	f.Scope = Scope(p.until("=:"))
	if f.Scope == "events" {
		f.Scope = Event
	}
	if !isScope(f.Scope) {
		return p.fail(start, "no such scope: %q", f.Scope)
	}
	return nil
}

// place reads RESOURCE, NUMBERS or RESOURCE/NUMBERS; a resource may have a
// subresource.
func (p *parser) place(f *Fault) error {
	start := p.pos
	text := p.until(":")
	resource, numbers := "", text
	if !startsWithDigit(text) {
		resource, numbers = text, ""
		if i := strings.LastIndexByte(text, '/'); i >= 0 && startsWithDigit(text[i+1:]) {
			resource, numbers = text[:i], text[i+1:]
		}
		if !isResource(resource) {
			return p.fail(start, "no name of a resource: %q", resource)
		}
		if f.Scope == Conn || f.Scope == TLS {
			return p.fail(start, "scope %s has no resources", f.Scope)
		}
	}
	f.Resource = resource
	if numbers == "" {
		return nil
	}
	start += len(text) - len(numbers)
	first, last, isRange := strings.Cut(numbers, "..")
	var err error
	if f.First, err = positive(first); err != nil {
		return p.fail(start, "%v", err)
	}
	f.Last = f.First
	if isRange && last == "" {
		f.Last = Unending
	} else if isRange {
		if f.Last, err = positive(last); err != nil || f.Last <= f.First {
			return p.fail(start+len(first)+2, "no end of a range from %d: %q", f.First, last)
		}
	}
	return nil
}

func startsWithDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

func isResource(text string) bool {
	for _, part := range strings.Split(text, "/") {
		if part == "" || part[0] < 'a' || part[0] > 'z' ||
			strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			return false
		}
	}
	return strings.Count(text, "/") <= 1
}

// positive reads a number from 1 to 1,000,000,000 without sign or leading zeros.
func positive(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1e9 || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("no number from 1 on: %q", text)
	}
	return n, nil
}

func (p *parser) act(f *Fault) error {
	start := p.pos
	f.Act = p.until("=%,")
	a := findAct(f.Act)
	if a == nil {
		return p.fail(start, "no such act: %q", f.Act)
	}
	if !a.fits(f.Scope) {
		return p.fail(start, "%s is nothing that can happen to %q", f.Act, f.Scope)
	}
	start = p.pos
	if p.accept('=') {
		start = p.pos
		f.Arg = p.until("%,")
	}
	if err := a.check(f.Arg); err != nil || f.Arg == "" && start == p.pos && p.text[start-1] == '=' {
		if err == nil {
			err = fmt.Errorf("an empty argument")
		}
		return p.fail(start, "%s: %v", f.Act, err)
	}
	if !p.accept('%') {
		return nil
	}
	start = p.pos
	percent, err := positive(p.until(","))
	if err != nil || percent > 99 {
		return p.fail(start, "no percentage from 1 to 99: %q", p.text[start:p.pos])
	}
	f.Percent = percent
	return nil
}

func (p *parser) option(f *Fault) (err error) {
	start := p.pos
	name, value, hasValue := strings.Cut(p.until(","), "=")
	at := start + len(name) + 1
	switch {
	case name == "for" && hasValue && f.For == 0:
		if f.For, err = parseDuration(value); err != nil {
			return p.fail(at, "%v", err)
		}
	case name == "retry-after" && hasValue && f.RetryAfter == 0 && strings.HasPrefix(f.Act, "status"):
		if f.RetryAfter, err = positive(value); err != nil {
			return p.fail(at, "%v", err)
		}
	case name == "warm" && !hasValue && !f.Warm && f.Scope.ofRequests():
		f.Warm = true
	default:
		return p.fail(start, "no option of this fault: %q", p.text[start:p.pos])
	}
	return nil
}

func (s Scope) ofRequests() bool { return s != Event && s != Conn && s != TLS }

// parseDuration wants more than nothing and at most a day.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("no duration: %q", text)
	}
	return d, nil
}
