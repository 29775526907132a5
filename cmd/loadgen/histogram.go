//go:build linux

package main

import (
	"math/bits"
	"time"
)

// histogram counts times, to one part in 64. It has room for all of them, and none for itself to be slow.
type histogram struct {
	buckets [64 * 40]uint64
	total   uint64
}

func (h *histogram) add(d time.Duration) {
	h.buckets[min(bucketIndex(d), len(h.buckets)-1)]++
	h.total++
}

// bucketIndex numbers what is to be counted together: 64 of equal width for every doubling.
func bucketIndex(d time.Duration) int {
	if d < 64 {
		return int(max(d, 0))
	}
	exponent := bits.Len64(uint64(d)) - 7
	return exponent*64 + int(d>>exponent)
}

// bucketFloor is the least that is counted in a bucket.
func bucketFloor(bucket int) time.Duration {
	if bucket < 128 {
		return time.Duration(bucket)
	}
	exponent := bucket/64 - 1
	return time.Duration(bucket-exponent*64) << exponent
}

// quantile is the time that a share of all did not take longer than; 0 when there are none.
func (h *histogram) quantile(fraction float64) time.Duration {
	rank, seen := uint64(fraction*float64(h.total)), uint64(0)
	for b, n := range h.buckets {
		if seen += n; seen > rank {
			return bucketFloor(b)
		}
	}
	return 0
}
