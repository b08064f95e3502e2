package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// state is what state.json holds: enough for another process to stop, start
// and judge the cluster.
type state struct {
	Name       string              `json:"name"`
	BootID     string              `json:"bootID"` // start times count from boot
	Ready      bool                `json:"ready"`  // `up` came to its end
	Nodes      int                 `json:"nodes"`
	Gates      string              `json:"featureGates,omitempty"` // of the API server
	SearchPath string              `json:"searchPath"`
	Ports      ports               `json:"ports"`
	Processes  map[string]*process `json:"processes"`
}

// loadState returns nil without an error when there is no such cluster.
func loadState(dir string) (*state, error) {
	text, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st := &state{}
	if err := json.Unmarshal(text, st); err != nil {
		return nil, fmt.Errorf("%s/state.json: %w", dir, err)
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	for _, p := range st.Processes {
		if st.BootID != boot {
			p.PID = 0
		}
	}
	return st, nil
}

// save replaces state.json in one step.
func (st *state) save(dir string) error {
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	tmp := filepath.Join(dir, "state.json.new")
	if err := os.WriteFile(tmp, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, "state.json"))
}

// anyAlive says whether something of the cluster still runs.
func (st *state) anyAlive() bool {
	for _, p := range st.Processes {
		if p.alive() {
			return true
		}
	}
	return false
}

func bootID() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text)), err
}
