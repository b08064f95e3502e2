package main

import (
	"encoding/base64"
	"fmt"
)

// kubeconfig is a file of one cluster, one user and one context. Names are
// ours and need no quoting beyond %q.
func kubeconfig(cluster, user, server string, ca []byte, client pair) []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: %[1]q
clusters:
- name: %[1]q
  cluster:
    server: %[3]q
    certificate-authority-data: %[4]s
users:
- name: %[2]q
  user:
    client-certificate-data: %[5]s
    client-key-data: %[6]s
contexts:
- name: %[1]q
  context:
    cluster: %[1]q
    user: %[2]q
`, cluster, user, server, encode(ca), encode(client.cert), encode(client.key))
}
