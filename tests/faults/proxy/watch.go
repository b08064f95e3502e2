package proxy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// frame is one event of a watch, as it came.
type frame struct {
	data []byte // with its newline
	err  error  // data is incomplete, and the last; io.EOF = a proper end
	kind string // "ADDED", …; "" = unreadable

	namespace, name, revision string

	log   *log
	entry *WatchEvent // in the log
}

// readFrames reads until the stream ends. The channel has little room: a client
// that does not read stops the server.
func readFrames(from io.Reader, done <-chan struct{}) <-chan frame {
	frames := make(chan frame, 16)
	go func() {
		defer close(frames)
		in := bufio.NewReaderSize(from, 16<<10)
		for {
			data, err := in.ReadBytes('\n')
			select {
			case frames <- frameOf(data, err):
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return frames
}

func frameOf(data []byte, err error) frame {
	var event struct {
		Type   string `json:"type"`
		Object struct {
			Metadata struct {
				Namespace       string `json:"namespace"`
				Name            string `json:"name"`
				ResourceVersion string `json:"resourceVersion"`
			} `json:"metadata"`
		} `json:"object"`
	}
	f := frame{data: data, err: err}
	if err == nil && json.Unmarshal(data, &event) == nil {
		m := event.Object.Metadata
		f.kind, f.namespace, f.name, f.revision = event.Type, m.Namespace, m.Name, m.ResourceVersion
	}
	return f
}

func (f frame) isSameObject(other frame) bool {
	return f.namespace == other.namespace && f.name == other.name
}

// errorFrame is how a watch says that it can't go on.
func errorFrame(code int, reason, message string) []byte {
	data, err := json.Marshal(map[string]any{"type": "ERROR", "object": map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{},
		"status": "Failure", "message": message, "reason": reason, "code": code,
	}})
	if err != nil {
		panic(err)
	}
	return append(data, '\n')
}

// watch forwards a watch and passes on what comes.
func (v *visit) watch() {
	if v.plan.snapshotOf(v.revision) != nil {
		answerOf(http.StatusOK, nil).writeHead(v.w)
		http.NewResponseController(v.w).Flush()
		if !v.awaitThaw() {
			return
		}
		v.thawedWatch()
		return
	}
	resp := v.askWatch()
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		a, err := v.take(resp)
		if err != nil {
			v.failed(err)
		}
		v.send(a)
		return
	}
	a := &answer{code: resp.StatusCode, header: resp.Header}
	for _, name := range hopHeaders {
		a.header.Del(name)
	}
	v.breaks(a)
	a.writeHead(v.w)
	http.NewResponseController(v.w).Flush()
	v.stream(resp.Body)
}

// thawedWatch asks the server only now; if it does not want to, the client has
// heard 200 already.
func (v *visit) thawedWatch() {
	resp := v.askWatch()
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		v.stream(resp.Body)
		return
	}
	a, err := v.take(resp)
	if err != nil {
		v.failed(err)
	}
	v.w.Write(errorFrame(a.code, reasons[a.code], fmt.Sprintf("the server answered %d", a.code)))
}

// askWatch returns the server's answer as soon as it begins.
func (v *visit) askWatch() *http.Response {
	v.update(func(x *Exchange) { x.Forwarded = time.Now() })
	resp, err := v.ask(v.r.Context(), v.r.URL.RawQuery)
	if err != nil {
		v.failed(err)
	}
	if r := v.goes("late"); r != nil && v.fire(r) {
		v.proxy.wait(v.r.Context(), r.length(), v.plan)
	}
	v.update(func(x *Exchange) { x.Answered, x.Code = time.Now(), resp.StatusCode })
	return resp
}
