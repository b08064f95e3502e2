package main

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// ports are the loopback ports of one cluster; they stay the same when a
// component is stopped and started again.
type ports struct {
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	APIServer         int `json:"apiServer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
	Kwok              int `json:"kwok"`
	Witness           int `json:"witness"`
}

// Ports below Linux's ephemeral range (32768 on), so that no outgoing
// connection takes one while a component is stopped.
const firstPort, lastPort = 20000, 32000

// pickPorts finds ports that are free now. Somebody else may still be faster:
// `up` then fails to bind and tries again with others.
func pickPorts() (ports, error) {
	var p ports
	taken := map[int]bool{}
	for _, port := range []*int{&p.Etcd, &p.EtcdPeer, &p.APIServer, &p.ControllerManager, &p.Scheduler, &p.Kwok, &p.Witness} {
		for tries := 0; *port == 0; tries++ {
			if tries == 1000 {
				return p, errors.New("no free port on 127.0.0.1 between 20000 and 32000")
			}
			candidate := firstPort + rand.IntN(lastPort-firstPort)
			if !taken[candidate] && portFree(candidate) {
				taken[candidate], *port = true, candidate
			}
		}
	}
	return p, nil
}

func portFree(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
