package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"guildboard/store/internal/secrets"
)

// Key signs commands and results with HMAC-SHA-256 (RFC 2104), and checks their signatures. The zero value has
// no secret: it signs nothing and accepts everything. The section Signatures of the package documentation lists the
// signed texts.
type Key struct {
	secrets []string // the first signs, all are accepted
}

// NewKey returns a key with a secret of at least 32 random bytes, or the zero value without one.
// It also accepts signatures made with a previous secret, so that a key can be replaced while bot and dashboards run.
func NewKey(secret string, previous ...string) (Key, error) {
	if secret == "" && len(previous) == 0 {
		return Key{}, nil
	}
	k := Key{secrets: append([]string{secret}, previous...)}
	for _, secret := range k.secrets {
		if err := secrets.Check(secret); err != nil {
			return Key{}, fmt.Errorf("contract key %w", err)
		}
	}
	return k, nil
}

// IsSet reports whether the key has a secret.
func (k Key) IsSet() bool { return len(k.secrets) > 0 }

const signatureField = "signature"

// The signed fields, in the order in which they are signed.
var (
	commandFields = []string{"id", "type", "guildId", "userId", "target", "data", "issuedAt", "expiresAt"}
	resultFields  = []string{"id", "status", "code", "message", "at"}
)

// sign returns the signature of texts under one secret, in lower-case hexadecimal digits. Each text is written as its
// length in bytes, ":", itself and ",", so that no two lists of texts are signed alike.
func sign(secret string, texts ...string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, text := range texts {
		fmt.Fprintf(mac, "%d:%s,", len(text), text)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// verify reports whether one of the secrets made the signature of texts.
func (k Key) verify(signature string, texts ...string) bool {
	for _, secret := range k.secrets {
		if hmac.Equal([]byte(signature), []byte(sign(secret, texts...))) {
			return true
		}
	}
	return false
}

func (k Key) signEntry(stream string, fields []string, entry []string) []string {
	if !k.IsSet() {
		return entry
	}
	values := make(map[string]string, len(entry)/2)
	for i := 0; i+1 < len(entry); i += 2 {
		values[entry[i]] = entry[i+1]
	}
	texts := []string{stream}
	for _, name := range fields {
		texts = append(texts, values[name])
	}
	return append(entry, signatureField, sign(k.secrets[0], texts...))
}

func (k Key) verifyEntry(stream string, fields []string, values map[string]any) bool {
	if !k.IsSet() {
		return true
	}
	field := func(name string) string { s, _ := values[name].(string); return s }
	texts := []string{stream}
	for _, name := range fields {
		texts = append(texts, field(name))
	}
	return k.verify(field(signatureField), texts...)
}

// SignCommand appends the signature, if there is a key, to an entry of CommandsStream with alternating names and values.
func (k Key) SignCommand(entry []string) []string {
	return k.signEntry(CommandsStream, commandFields, entry)
}

// SignResult appends the signature, if there is a key, to an entry of ResultsStream with alternating names and values.
func (k Key) SignResult(entry []string) []string {
	return k.signEntry(ResultsStream, resultFields, entry)
}

// VerifyCommand reports whether an entry of CommandsStream has a valid signature. Without a key every entry has.
func (k Key) VerifyCommand(values map[string]any) bool {
	return k.verifyEntry(CommandsStream, commandFields, values)
}

// VerifyResult reports whether an entry of ResultsStream has a valid signature. Without a key every entry has.
func (k Key) VerifyResult(values map[string]any) bool {
	return k.verifyEntry(ResultsStream, resultFields, values)
}

// signaturePrefix is the beginning of a signed message on BotCommandsChannel. The signature follows.
const signaturePrefix = `{"` + signatureField + `":"`

// signMessage returns a JSON object with its signature as first member, if there is a key. The signature covers the
// text without that member, so a check does not have to write the same JSON.
func (k Key) SignMessage(text string) string {
	if !k.IsSet() {
		return text
	}
	return signaturePrefix + sign(k.secrets[0], BotCommandsChannel, text) + `",` + text[1:]
}

// VerifyMessage reports whether a message on BotCommandsChannel has a valid signature. Without a key every message has.
func (k Key) VerifyMessage(text string) bool {
	if !k.IsSet() {
		return true
	}
	unsigned, found := strings.CutPrefix(text, signaturePrefix)
	signature, unsigned, isTerminated := strings.Cut(unsigned, `",`)
	return found && isTerminated && k.verify(signature, BotCommandsChannel, "{"+unsigned)
}
