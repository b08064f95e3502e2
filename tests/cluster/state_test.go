package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func sample(t *testing.T) *state {
	t.Helper()
	boot, err := bootID()
	if err != nil {
		t.Fatal(err)
	}
	self, err := readProcStat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return &state{
		Name: "default", BootID: boot, Ready: true, Nodes: 2, SearchPath: "/a/bin:/b/bin",
		Ports: ports{Etcd: 20001, EtcdPeer: 20002, APIServer: 20003, ControllerManager: 20004, Scheduler: 20005, Kwok: 20006, Witness: 20007},
		Processes: map[string]*process{
			"etcd": {PID: os.Getpid(), StartTime: self.startTime, Argv: []string{"/a/bin/etcd", "--x=1"}, LogOffset: 12},
			"kwok": {PID: 1 << 30, StartTime: 7, Stopped: true},
		},
	}
}

func TestStateComesBackAsSaved(t *testing.T) {
	dir, want := t.TempDir(), sample(t)
	if err := want.save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := loadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !got.anyAlive() {
		t.Error("a process of the state runs, anyAlive says no")
	}
}

func TestNoStateIsNoError(t *testing.T) {
	if got, err := loadState(t.TempDir()); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBrokenStateIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := loadState(dir); err == nil {
		t.Errorf("got %v, want an error", got)
	}
}

func TestNothingIsAliveAfterAReboot(t *testing.T) {
	dir, st := t.TempDir(), sample(t)
	st.BootID = "another boot"
	if err := st.save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := loadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.anyAlive() {
		t.Error("a pid of an earlier boot counts as alive")
	}
}

func TestPortsAreFreeAndDifferent(t *testing.T) {
	p, err := pickPorts()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range []int{p.Etcd, p.EtcdPeer, p.APIServer, p.ControllerManager, p.Scheduler, p.Kwok, p.Witness} {
		if port < firstPort || port >= lastPort || seen[port] || !portFree(port) {
			t.Errorf("port %d in %+v", port, p)
		}
		seen[port] = true
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		args []string
		want options
		ok   bool
	}{
		{[]string{"up"}, options{name: "default", nodes: 2}, true},
		{[]string{"up", "--name", "a-1", "--nodes=0"}, options{name: "a-1"}, true},
		{[]string{"stop", "--kill", "etcd", "--name=b"}, options{name: "b", kill: true, component: "etcd"}, true},
		{[]string{"start", "kwok"}, options{name: "default", component: "kwok"}, true},
		{[]string{"freeze", "etcd"}, options{name: "default", component: "etcd"}, true},
		{[]string{"thaw"}, options{}, false},
		{[]string{"stop"}, options{}, false},
		{[]string{"stop", "etcdd"}, options{}, false},
		{[]string{"up", "etcd"}, options{}, false},
		{[]string{"up", "--name", "../a"}, options{}, false},
		{[]string{"up", "--nodes", "-1"}, options{}, false},
		{[]string{"down", "--kill"}, options{}, false},
	} {
		got, err := parseOptions(test.args[0], test.args[1:])
		if (err == nil) != test.ok || test.ok && got != test.want {
			t.Errorf("%v: got %+v, %v", test.args, got, err)
		}
	}
}

func TestShellQuote(t *testing.T) {
	if got := shellQuote("/it's/$here"); got != `'/it'\''s/$here'` {
		t.Errorf("got %s", got)
	}
}

func TestLastLines(t *testing.T) {
	for text, want := range map[string]string{"": "", "a\n": "a", "a\nb\nc\n": "b\nc", "b\nc": "b\nc"} {
		if got := lastLines([]byte(text), 2); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
