package main

import (
	"context"
	"net/http"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// retries: after how many milliseconds a request is sent again that was answered so; null: it is not.
func retries(*chance) []row {
	headers := []string{"", "0", "1", "2", "59", "60", "61", "3600", "-1", "+2", "02", "1.5", "1e1", "abc", "5s", "0x10", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"}
	var rows []row
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		for _, status := range []int{400, 403, 404, 408, 409, 410, 422, 429, 500, 501, 503, 504, 507} {
			for _, header := range headers {
				rows = append(rows, row{method, status, header, sentAgainAfter(method, status, header)})
			}
		}
	}
	return rows
}

func sentAgainAfter(method string, status int, header string) any {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	refused := answer{Status: status, Body: "{}", RetryAfter: header}
	s := &stage{now: time.Unix(1000000, 0), script: []answer{refused, {Status: http.StatusOK, Body: "{}"}}, end: cancel}
	s.client().Verb(method).Resource("things").Name("x").BackOffWithContext(s).MaxRetries(1).Do(ctx)
	if len(s.requests) == 1 {
		return nil
	}
	return s.requests[1].Wait[0]
}

// queueDelays: how long a key waits that has failed so many times before.
func queueDelays(*chance) []row {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[string](5*time.Millisecond, 1000*time.Second)
	var rows []row
	for failures := range 70 {
		rows = append(rows, row{failures, limiter.When("key").Milliseconds()})
	}
	return rows
}
