package ttlcache

import (
	"fmt"
	"testing"
	"time"
)

func TestCacheIsBounded(t *testing.T) {
	r := New[int](100, time.Minute)
	now := time.Now()
	for i := range 1000 {
		r.Put(fmt.Sprint(i), i, now)
		if len(r.entries) > 100 {
			t.Fatalf("entries = %d, want at most 100", len(r.entries))
		}
		if v, at, ok := r.Get(fmt.Sprint(i), now); !ok || v != i || !at.Equal(now) {
			t.Fatalf("Get(%d) = %d, %v, want the stored value", i, v, ok)
		}
	}
	if _, _, ok := r.Get("999", now.Add(time.Minute)); !ok {
		t.Error("the value is missing at the end of its lifetime")
	}
	if _, _, ok := r.Get("999", now.Add(time.Minute+1)); ok {
		t.Error("the value is present after its lifetime")
	}
	r.Put("999", 7, now.Add(time.Hour))
	if v, _, _ := r.Get("999", now.Add(time.Hour)); v != 7 {
		t.Errorf("Get(999) = %d, want the new value 7", v)
	}
	for i := range 100 { // the oldest sessions are evicted, the new one stays
		r.Put(fmt.Sprint("new", i), i, now.Add(time.Hour))
		if i == 50 {
			if _, _, ok := r.Get("999", now.Add(time.Hour)); !ok {
				t.Error("a new value was evicted before older ones")
			}
		}
	}
	r.Delete("999")
	if _, _, ok := r.Get("999", now.Add(time.Hour)); ok {
		t.Error("the deleted value is present")
	}
}
