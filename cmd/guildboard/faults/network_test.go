//go:build faults

package faults

import (
	"testing"
	"time"
)

var networkFaults = []struct {
	name string
	mode proxyMode
}{{"cut off", refuseConns}, {"delayed", delayData}, {"truncated", truncateData}, {"half closed", closeHalf}, {"stuck", stallData}}

func TestNetworkFaultsBetweenBrowserAndServer(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for _, w := range networkFaults {
		s.frontProxy.setMode(w.mode)
		waitFor(shortOr(1500*time.Millisecond, 5*time.Second))
		s.frontProxy.setMode(passThrough)
		waitFor(500 * time.Millisecond)
	}
	s.finish(b, pages, closeAll, 0)
}

func TestNetworkFaultsBetweenServerAndRedis(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for _, w := range networkFaults {
		s.redisProxy.setMode(w.mode)
		waitFor(shortOr(1500*time.Millisecond, 5*time.Second))
		s.redisProxy.setMode(passThrough)
		eventuallyWithin(t, 2*shortTimeout, "the dashboard is ready again", s.isReady)
	}
	s.finish(b, pages, closeAll, len(networkFaults))
}

func TestNetworkFaultsBetweenServerAndPostgres(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{proxiedPostgres: true})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for _, w := range networkFaults {
		s.databaseProxy.setMode(w.mode)
		s.publishUpdates()
		waitFor(shortOr(1500*time.Millisecond, 5*time.Second))
		s.databaseProxy.setMode(passThrough)
		eventuallyWithin(t, 2*shortTimeout, "the dashboard is ready again", s.isReady)
	}
	s.finish(b, pages, closeAll, len(networkFaults))
}
