package store

import (
	"net/url"
	"strconv"
	"strings"

	"guildboard/store/contract"
	"guildboard/store/snowflake"
)

// cdnURL is the origin of Discord's images. https://docs.discord.com/developers/reference#image-formatting
const cdnURL = "https://cdn.discordapp.com"

// AvatarURL returns the address of a user's avatar. For users without an avatar or with an unknown one, it is one of
// Discord's six default avatars. size is in pixels, a power of two from 16 to 4096; default avatars have one size.
func AvatarURL(p contract.User, size int) string {
	if p.Avatar != "" && snowflake.IsValid(p.ID) {
		return cdnImageURL("/avatars/", p.ID, p.Avatar, size)
	}
	// An invalid id belongs to no Discord user and gets the first default avatar.
	id, _ := strconv.ParseUint(p.ID, 10, 64)
	return cdnURL + "/embed/avatars/" + strconv.FormatUint((id>>22)%6, 10) + ".png"
}

// IconURL returns the address of a guild's icon, or "" if it has none. size is as for AvatarURL.
func IconURL(guild, hash string, size int) string {
	if hash == "" || !snowflake.IsValid(guild) {
		return ""
	}
	return cdnImageURL("/icons/", guild, hash, size)
}

// cdnImageURL returns the address of an image on the CDN. Animated images ("a_…") are requested as WebP too, and show
// their first frame.
func cdnImageURL(kind, id, hash string, size int) string {
	var b strings.Builder
	b.WriteString(cdnURL)
	b.WriteString(kind)
	b.WriteString(id)
	b.WriteByte('/')
	b.WriteString(url.PathEscape(hash))
	b.WriteString(".webp?size=")
	b.WriteString(strconv.Itoa(size))
	return b.String()
}
