package proxy

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/http"
	"strings"
	"sync"
	"time"
)

// outlet is the way of a body to the client: in pieces, slowly, or only so far.
type outlet struct {
	w     http.ResponseWriter
	ctx   context.Context // of the client
	proxy *Proxy
	plan  *plan

	chunk int // bytes a piece; 0 = whole
	rate  int // bytes a second; 0 = all at once
	limit int // bytes in all; -1 = no limit
}

// errLimit: the outlet's limit is reached, everything up to there is sent.
var errLimit = errors.New("the limit is reached")

func (v *visit) outlet() *outlet {
	o := &outlet{w: v.w, ctx: v.r.Context(), proxy: v.proxy, plan: v.plan, limit: -1}
	if r := v.goes("chunk"); r != nil && v.fire(r) {
		o.chunk = r.number()
	}
	if r := v.goes("slow"); r != nil && v.fire(r) {
		o.rate, _ = parseRate(r.argument())
	}
	return o
}

func (o *outlet) isPlain() bool { return o.chunk == 0 && o.rate == 0 && o.limit < 0 }

// piece is how much goes out at a time: what is slow still comes 20 times a second.
func (o *outlet) piece(left int) int {
	if o.chunk > 0 {
		left = min(left, o.chunk)
	}
	if o.rate > 0 {
		left = min(left, max(1, o.rate/20))
	}
	return left
}

// send sends data at once, as far as it may be; the error is the client's, or errLimit.
func (o *outlet) send(data []byte) error {
	atLimit := o.limit >= 0 && len(data) >= o.limit
	if atLimit {
		data = data[:o.limit]
	}
	for len(data) > 0 {
		n := o.piece(len(data))
		if _, err := o.w.Write(data[:n]); err != nil {
			return err
		}
		if err := http.NewResponseController(o.w).Flush(); err != nil {
			return err
		}
		data = data[n:]
		if o.limit >= 0 {
			o.limit -= n
		}
		if o.rate > 0 {
			o.proxy.wait(o.ctx, time.Duration(n)*time.Second/time.Duration(o.rate), o.plan)
		}
		if err := context.Cause(o.ctx); err != nil {
			return err
		}
	}
	if atLimit {
		return errLimit
	}
	return nil
}

// How fast what never ends comes: quick enough for any cap, and no load.
const (
	endlessPiece = 256 << 10
	endlessPause = 10 * time.Millisecond
)

// flood sends head and then text for ever, as long as the plan is armed.
func (o *outlet) flood(head, text string) {
	piece := []byte(strings.Repeat(text, endlessPiece/len(text)))
	err := o.send([]byte(head))
	for err == nil {
		select {
		case <-o.plan.ended:
			return
		default:
		}
		err = o.send(piece)
		o.proxy.wait(o.ctx, endlessPause, o.plan)
	}
}

// endless answers with a body that begins as the server's.
func (v *visit) endless(a *answer) {
	a.writeHead(v.w)
	head, text := endlessJSON(v.main.argument(), `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"`)
	v.outlet().flood(head, text)
}

// endlessJSON is a head that begins as start, whose last object is open, and
// what comes after it again and again.
func endlessJSON(kind, start string) (head, text string) {
	switch kind {
	case "spaces":
		return start, " "
	case "items":
		return start + `},"items":[{"metadata":{"name":"a"}}`, `,{"metadata":{"name":"a"}}`
	}
	return start + `,"name":"`, "x"
}

// bomb answers with 1 GiB, gzipped.
func (v *visit) bomb() {
	v.send(&answer{http.StatusOK, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, zipped()})
}

// zipped is a JSON string of 1 GiB, gzipped; made once. Deflated, one MiB looks
// like the next.
var zipped = sync.OnceValue(func() []byte {
	const blocks = 1 << 10
	head, block, tail := []byte(`{"kind":"`), bytes.Repeat([]byte("x"), 1<<20), []byte(`"}`)
	deflated := bytes.NewBuffer([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
	z, err := flate.NewWriter(deflated, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	z.Write(append(head, block...))
	z.Flush()
	start := deflated.Len()
	z.Write(block)
	z.Flush()
	piece := bytes.Clone(deflated.Bytes()[start:])
	sum := crc32.ChecksumIEEE(append(head, block...))
	for range blocks - 2 {
		deflated.Write(piece)
	}
	for range blocks - 1 {
		sum = crc32.Update(sum, crc32.IEEETable, block)
	}
	z.Write(tail)
	z.Close()
	sum = crc32.Update(sum, crc32.IEEETable, tail)
	trailer := binary.LittleEndian.AppendUint32(nil, sum)
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(len(head)+len(tail)+blocks<<20))
	return append(deflated.Bytes(), trailer...)
})
