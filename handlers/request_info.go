package handlers

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// requestInfo is what the log says of a request beside what was asked for.
type requestInfo struct {
	id        string
	startedAt time.Time
	address   netip.Addr // of the client; the zero Addr when it is not known
	user      string     // who is signed in, once that is known; "" for nobody
	refusal   refusal    // of the route that was found
}

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

// clientAddress is the address that a request comes from. Behind proxies that are trusted it is what they say: each appends
// the address that it was asked from to X-Forwarded-For, so the list is read from the right up to the first address that
// is not a trusted proxy's. What stands left of it may be the client's own invention.
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

// parseAddress reads an IP address, with or without a port.
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
