package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"guildboard/store/contract"
)

// Settings with the tag secret may hold secrets: a "key" is a secret, a "url" may contain a password.
const (
	secretTag = "secret"
	secretURL = "url"
)

// contractKeyConfig holds the keys that sign commands and their results.
type contractKeyConfig struct {
	ContractKey string `help:"Secret that signs commands, shared with the bot." env:"CONTRACT_KEY" secret:"key" placeholder:"SECRET"`

	ContractKeyPrevious string `help:"Valid previous keys, comma-separated." env:"CONTRACT_KEY_PREVIOUS" secret:"key" placeholder:"SECRET"`
}

// parseContractKey returns the key made from the settings. Its error names the setting.
func (c contractKeyConfig) parseContractKey() (contract.Key, error) {
	if c.ContractKey == "" && c.ContractKeyPrevious != "" {
		return contract.Key{}, errors.New("CONTRACT_KEY_PREVIOUS is set without CONTRACT_KEY: set both")
	}
	key, err := contract.NewKey(c.ContractKey, splitList(c.ContractKeyPrevious)...)
	return key, settingError("CONTRACT_KEY (--contract-key)", err)
}

// maxSecretFileSize is the maximum size of a file with a secret, in bytes.
const maxSecretFileSize = 64 << 10

// resolveSecretFile reads a secret from the file named by the variable with the suffix _FILE, such as SESSION_KEY_FILE:
// environments are visible to more programs than files are. Trailing line breaks are removed.
func resolveSecretFile(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !flag.Tag.Has(secretTag) {
		return nil, nil
	}
	for _, name := range flag.Envs {
		path := os.Getenv(name + "_FILE")
		if path == "" {
			continue
		}
		if os.Getenv(name) != "" {
			return nil, fmt.Errorf("%s and %s_FILE are both set: set one of them", name, name)
		}
		secret, err := readSecretFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %w", name, err)
		}
		return secret, nil
	}
	return nil, nil
}

func readSecretFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFileSize+1))
	switch secret := strings.TrimRight(string(text), "\r\n"); {
	case err != nil:
		return "", err
	case len(text) > maxSecretFileSize:
		return "", fmt.Errorf("%s is too large for a secret", path)
	case secret == "":
		return "", fmt.Errorf("%s is empty", path)
	default:
		return secret, nil
	}
}

// exposedSecrets are the flags on the command line that contain a secret.
type exposedSecrets []string

func findExposedSecrets(command *kong.Context) (exposed exposedSecrets) {
	for _, path := range command.Path {
		flag := path.Flag
		if flag == nil || path.Resolved || !flag.Tag.Has(secretTag) {
			continue
		}
		if flag.Tag.Get(secretTag) == secretURL && !hasPassword(flag.Target.String()) {
			continue
		}
		exposed = append(exposed, "--"+flag.Name)
	}
	return exposed
}

func hasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true // it may contain a password
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}

func (e exposedSecrets) logWarnings(log *slog.Logger) {
	for _, flag := range e {
		name := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
		log.Warn("secret on the command line, where every user of this machine can see it",
			"flag", flag, "use", name+" or "+name+"_FILE")
	}
}

// splitList splits a setting at commas and spaces.
func splitList(setting string) []string {
	return strings.FieldsFunc(setting, func(c rune) bool { return strings.ContainsRune(", \t\r\n", c) })
}
