package contract

// Limits of values read from Redis, in characters unless noted. They bound the memory that faulty or forged entries
// can take.
const (
	maxCommandIDBytes   = 100 // bytes
	MaxResultCode       = 100
	MaxResultMessage    = 2000
	maxCommandDataBytes = 256 << 10 // bytes; a giveaway form has at most 60 KiB of JSON
	MaxHeartbeatBytes   = 64 << 10  // bytes
	MaxVersion          = 100
	MaxCapabilities     = 200
	maxStatus           = 20
)
