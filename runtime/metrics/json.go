package metrics

import (
	"encoding/json"
	"fmt"
	"time"
)

// snapshotJSON is a snapshot on its way to another process: of the counts those that are none are left out.
type snapshotJSON struct {
	Sum, Max time.Duration
	Counts   [][2]int64 `json:",omitempty"` // a bucket and its count, in the order of buckets
}

// MarshalJSON implements json.Marshaler.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	j := snapshotJSON{Sum: s.Sum, Max: s.Max}
	for i, n := range s.counts {
		if n != 0 {
			j.Counts = append(j.Counts, [2]int64{int64(i), n})
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON implements json.Unmarshaler. It refuses buckets that there are not.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	var j snapshotJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*s = Snapshot{Sum: j.Sum, Max: j.Max, counts: make([]int64, buckets)}
	for _, c := range j.Counts {
		if c[0] < 0 || c[0] >= buckets {
			return fmt.Errorf("metrics: a histogram has no bucket %d", c[0])
		}
		s.counts[c[0]] += c[1]
		s.Count += c[1]
	}
	return nil
}
