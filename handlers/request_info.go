package handlers

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// requestInfo is what handlers and logs need about a request in addition to the request itself.
type requestInfo struct {
	id        string
	startedAt time.Time
	address   netip.Addr // of the client; the zero Addr if unknown
	user      string     // ID of the signed-in user; "" before authentication and for signed-out visitors
	refusal   refusal    // of the matched route
}

// requestInfoOf returns the info of a request. Without identify it returns an empty one.
func requestInfoOf(r *http.Request) *requestInfo {
	if info, ok := r.Context().Value(requestInfoKey).(*requestInfo); ok {
		return info
	}
	return new(requestInfo)
}

func requestID(r *http.Request) string { return requestInfoOf(r).id }

func withRequestInfo(r *http.Request, info *requestInfo) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestInfoKey, info))
}

// clientAddress returns the address of the client. If the connection comes from a trusted proxy, it is taken from
// X-Forwarded-For, to which each proxy appends the address of its client. The list is read from the right, up to the
// first address that is not a trusted proxy's. The client can forge the entries to the left of it.
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#security_and_privacy_concerns
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	address, ok := parseAddress(r.RemoteAddr)
	if !ok || !containsAddress(trusted, address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, ok := parseAddress(strings.TrimSpace(hop))
		if !ok {
			return address
		}
		address = next
		if !containsAddress(trusted, address) {
			return address
		}
	}
	return address
}

// parseAddress parses an IP address with or without a port.
func parseAddress(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func containsAddress(prefixes []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}
