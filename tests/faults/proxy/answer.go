package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is a whole one.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// maxAnswer is the longest list that is passed on.
const maxAnswer = 64 << 20

// hopHeaders are each side's own business, and so is the length.
var hopHeaders = []string{"Connection", "Keep-Alive", "Te", "Transfer-Encoding", "Upgrade", "Content-Length"}

// ask sends the request to the server.
func (v *visit) ask(ctx context.Context, query string) (*http.Response, error) {
	u := *v.r.URL
	u.Scheme, u.Host, u.RawQuery = v.proxy.target.Scheme, v.proxy.target.Host, query
	out, err := http.NewRequestWithContext(ctx, v.r.Method, u.String(), bytes.NewReader(v.body))
	if err != nil {
		return nil, err
	}
	out.Header = v.r.Header.Clone()
	for _, name := range append(hopHeaders, "Accept-Encoding") {
		out.Header.Del(name)
	}
	if out.UserAgent() == "" {
		out.Header["User-Agent"] = nil // not Go's
	}
	return v.proxy.transport.RoundTrip(out)
}

// forward waits for the whole answer.
func (v *visit) forward(ctx context.Context, query string) (*answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(v.proxy.ctx, cancel)()
	v.update(func(x *Exchange) { x.Forwarded = time.Now() })
	resp, err := v.ask(ctx, query)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return v.take(resp)
}

// take reads an answer's body.
func (v *visit) take(resp *http.Response) (*answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range hopHeaders {
		resp.Header.Del(name)
	}
	v.update(func(x *Exchange) { x.Answered, x.Code = time.Now(), resp.StatusCode })
	return &answer{resp.StatusCode, resp.Header, body}, nil
}

func (v *visit) update(change func(*Exchange)) {
	v.log.update(func() { change(v.x) })
}

// answer sends what the server said, or what a fault makes of it.
func (v *visit) answer(a *answer) {
	if v.main != nil && v.spoils(a) {
		return
	}
	if err := v.send(a); err == nil && a.code < 300 {
		objects := objectsIn(a.body)
		v.update(func(x *Exchange) { x.Told, x.ToldAt = objects, time.Now() })
	}
}

// objectsIn are those that are in an answer as a whole.
func objectsIn(body []byte) []Object {
	type object struct {
		Metadata struct{ Namespace, Name, ResourceVersion string }
	}
	var all struct {
		object
		Kind  string
		Items []object
	}
	if json.Unmarshal(body, &all) != nil || strings.HasPrefix(all.Kind, "PartialObjectMetadata") {
		return nil
	}
	if all.Metadata.Name != "" {
		all.Items = append(all.Items, all.object)
	}
	objects := make([]Object, len(all.Items))
	for i, item := range all.Items {
		objects[i] = Object(item.Metadata)
	}
	return objects
}

// spoils says whether a fault has answered instead.
func (v *visit) spoils(a *answer) bool {
	if v.breaks(a) {
		return true
	}
	arg := v.main.number()
	switch {
	case v.is("status-after") && v.act():
		v.send(v.refusal())
	case v.is("garbage") && v.act():
		spoiled := *a
		spoiled.body = spoil(v.main.argument(), a.body)
		if v.main.argument() == "login-page" {
			spoiled.header = http.Header{"Content-Type": {"text/html"}}
		}
		v.send(&spoiled)
	case v.is("cut") && arg < len(a.body) && v.act():
		short := *a
		short.body = a.body[:arg]
		v.send(&short)
	case v.is("backwards") && a.code == http.StatusOK:
		body, err := rewindList(a.body, arg)
		if err != nil || !v.act() {
			return false
		}
		v.send(&answer{a.code, a.header, body})
	case v.is("endless") && v.act():
		v.endless(a)
	case v.is("bomb") && v.act():
		v.bomb()
	default:
		return false
	}
	return true
}

// breaks does the faults after which the connection is of no use. It returns
// true if there was one, unless it does not return.
func (v *visit) breaks(a *answer) bool {
	switch {
	case v.is("kill-after") && v.act():
		v.plan.hooks.Kill()
		v.reset()
	case v.is("lose") && v.act():
		v.reset()
	case v.is("half-open") && v.verb != Watch && v.act():
		v.mute()
	case v.is("truncate") && v.main.number() < len(a.body) && v.act():
		v.sendPart(a, v.main.number())
		v.finish()
	case v.is("fin") && len(a.body) > 0 && v.act():
		v.sendPart(a, len(a.body)/2)
		v.finish()
	case v.is("reset-body") && len(a.body) > 0 && v.act():
		v.sendPart(a, len(a.body)/2)
		v.reset()
	case v.is("reset-headers") && v.act():
		head := a.head(len(a.body))
		v.takeOver().Write(head[:len(head)/2])
		v.reset()
	case v.is("wrong-length") && len(a.body)+v.main.number() >= 0 && v.act():
		conn := v.takeOver()
		conn.Write(append(a.head(len(a.body)+v.main.number()), a.body...))
		io.Copy(io.Discard, conn.(io.Reader)) // until the client goes
		v.reset()
	}
	return false
}

// head is the answer's as it goes over the wire.
func (a *answer) head(length int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.code, http.StatusText(a.code))
	a.header.Write(&b)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", length)
	return b.Bytes()
}

func (a *answer) writeHead(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.code)
}

// send sends the whole of it; the error is the client's.
func (v *visit) send(a *answer) error {
	out := v.outlet()
	if out.chunk == 0 && a.code != http.StatusNoContent {
		v.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	a.writeHead(v.w)
	if out.isPlain() { // net/http flushes once it is whole
		_, err := v.w.Write(a.body)
		return err
	}
	return out.send(a.body)
}

// sendPart sends the beginning of it, with the length of the whole.
func (v *visit) sendPart(a *answer, n int) {
	v.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	a.writeHead(v.w)
	v.w.Write(a.body[:n])
	http.NewResponseController(v.w).Flush()
}

func answerOf(code int, body []byte) *answer {
	return &answer{code, http.Header{"Content-Type": {"application/json"}}, body}
}

// reasons are what the API server writes beside its codes.
var reasons = map[int]string{
	400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed",
	406: "NotAcceptable", 409: "Conflict", 410: "Expired", 413: "RequestEntityTooLarge", 415: "UnsupportedMediaType",
	422: "Invalid", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout",
}

// refusal is the answer of `status` and `status-after`.
func (v *visit) refusal() *answer {
	code := v.main.number()
	reason := reasons[code]
	if code == http.StatusConflict && v.verb == Create {
		reason = "AlreadyExists"
	}
	details := map[string]any{"kind": v.resource, "name": v.name}
	if v.main.RetryAfter > 0 {
		details["retryAfterSeconds"] = v.main.RetryAfter
	}
	body, err := json.Marshal(map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"message": "a fault of the proxy: " + v.main.String(), "reason": reason, "details": details, "code": code,
	})
	if err != nil {
		panic(err)
	}
	a := answerOf(code, append(body, '\n'))
	if v.main.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(v.main.RetryAfter))
	}
	return a
}
