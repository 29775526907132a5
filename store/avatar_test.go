package store

import "testing"

func TestPicturesAreWhereDiscordServesThem(t *testing.T) {
	is := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	const id = "80351110224678912"

	is(AvatarURL(Person{ID: id, Avatar: "8342729096ea3675442027381ff50dfe"}, 64),
		"https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.webp?size=64")
	is(AvatarURL(Person{ID: id, Avatar: "a_d5efa99b3eeaa7dd43acca82f5692432"}, 128),
		"https://cdn.discordapp.com/avatars/80351110224678912/a_d5efa99b3eeaa7dd43acca82f5692432.webp?size=128")

	// (id >> 22) % 6, in whole numbers: 80351110224678912 >> 22 is 19157197529.
	is(AvatarURL(Person{ID: id}, 64), "https://cdn.discordapp.com/embed/avatars/5.png")
	is(AvatarURL(Person{ID: "18446744073709551615"}, 64), "https://cdn.discordapp.com/embed/avatars/3.png")
	is(AvatarURL(Person{ID: "4194303"}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")
	is(AvatarURL(Person{}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")
	is(AvatarURL(Person{ID: "demo", Avatar: "x"}, 64), "https://cdn.discordapp.com/embed/avatars/0.png")

	is(IconURL(id, "1f2a", 64), "https://cdn.discordapp.com/icons/80351110224678912/1f2a.webp?size=64")
	is(IconURL(id, "", 64), "")
	is(IconURL("../x", "1f2a", 64), "")
	is(IconURL(id, "../../x?y#", 64), "https://cdn.discordapp.com/icons/80351110224678912/..%2F..%2Fx%3Fy%23.webp?size=64")
}
