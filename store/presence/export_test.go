package presence

// Access to unexported parts of the package for its tests.

const Channel = channel

// Renew renews all leases now.
func (p *leaseSet) Renew() { p.renew() }

// StopRenewing stops the renewal of all leases, as if the process had been killed.
func (p *leaseSet) StopRenewing() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
	p.renewTimer.Stop()
}
