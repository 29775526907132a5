package store

import (
	"testing"

	"guildboard/store/contract"
)

func TestDiscordImageURLs(t *testing.T) {
	wantURL := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("URL = %q, want %q", got, want)
		}
	}
	const id = "80351110224678912"

	wantURL(AvatarURL(contract.User{ID: id, Avatar: "8342729096ea3675442027381ff50dfe"}, 64),
		"https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.webp?size=64")
	wantURL(AvatarURL(contract.User{ID: id, Avatar: "a_d5efa99b3eeaa7dd43acca82f5692432"}, 128),
		"https://cdn.discordapp.com/avatars/80351110224678912/a_d5efa99b3eeaa7dd43acca82f5692432.webp?size=128")

	// (id >> 22) % 6 in integer arithmetic: 80351110224678912 >> 22 is 19157197529.
	wantURL(AvatarURL(contract.User{ID: id}, 64), "https://cdn.discordapp.com/embed/avatars/5.png")
	wantURL(AvatarURL(contract.User{ID: "18446744073709551615"}, 64), "https://cdn.discordapp.com/embed/avatars/3.png")
	wantURL(AvatarURL(contract.User{ID: "4194303"}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")
	wantURL(AvatarURL(contract.User{}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")
	wantURL(AvatarURL(contract.User{ID: "demo", Avatar: "x"}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")

	wantURL(IconURL(id, "1f2a", 64), "https://cdn.discordapp.com/icons/80351110224678912/1f2a.webp?size=64")
	wantURL(IconURL(id, "", 64), "")
	wantURL(IconURL("../x", "1f2a", 64), "")
	wantURL(IconURL(id, "../../x?y#", 64), "https://cdn.discordapp.com/icons/80351110224678912/..%2F..%2Fx%3Fy%23.webp?size=64")
}
