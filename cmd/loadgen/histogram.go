//go:build linux

package main

import (
	"math/bits"
	"time"
)

// A histogram counts durations with a relative precision of 1/64 in constant memory.
type histogram struct {
	buckets [64 * 40]uint64
	total   uint64
}

func (h *histogram) add(d time.Duration) {
	h.buckets[min(bucketIndex(d), len(h.buckets)-1)]++
	h.total++
}

// bucketIndex returns the bucket of a value. Every power of two has 64 buckets of equal width.
func bucketIndex(d time.Duration) int {
	if d < 64 {
		return int(max(d, 0))
	}
	exponent := bits.Len64(uint64(d)) - 7
	return exponent*64 + int(d>>exponent)
}

// bucketFloor returns the smallest value of a bucket.
func bucketFloor(bucket int) time.Duration {
	if bucket < 128 {
		return time.Duration(bucket)
	}
	exponent := bucket/64 - 1
	return time.Duration(bucket-exponent*64) << exponent
}

// quantile returns the duration that a share q of all durations does not exceed; 0 for an empty histogram.
func (h *histogram) quantile(fraction float64) time.Duration {
	rank, seen := uint64(fraction*float64(h.total)), uint64(0)
	for b, n := range h.buckets {
		if seen += n; seen > rank {
			return bucketFloor(b)
		}
	}
	return 0
}
