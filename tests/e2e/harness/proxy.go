package harness

import "llc.test/faults/proxy"

// StartProxy puts a proxy with faults before the API server.
func (c *Cluster) StartProxy() (*proxy.Proxy, error) {
	return proxy.Start(proxy.Options{Server: c.Admin.Host, CA: c.Admin.CAData})
}
