package store

import (
	"net/url"
	"strconv"
	"strings"
)

// Where Discord serves pictures. https://docs.discord.com/developers/reference#image-formatting
const cdnURL = "https://cdn.discordapp.com"

// AvatarURL is where a person's picture is; who has none, or whose hash is not known, gets one of Discord's own six.
// size is in pixels, a power of two from 16 to 4096; Discord's own come in one size.
func AvatarURL(p User, size int) string {
	if p.Avatar != "" && isSnowflake(p.ID) {
		return cdnImageURL("/avatars/", p.ID, p.Avatar, size)
	}
	// An id that is no number is nobody Discord knows; the first picture will do.
	id, _ := strconv.ParseUint(p.ID, 10, 64)
	return cdnURL + "/embed/avatars/" + strconv.FormatUint((id>>22)%6, 10) + ".png"
}

// IconURL is where a guild's icon is, or "" when it has none. size is as for AvatarURL.
func IconURL(guild, hash string, size int) string {
	if hash == "" || !isSnowflake(guild) {
		return ""
	}
	return cdnImageURL("/icons/", guild, hash, size)
}

// cdnImageURL is an address on the CDN. WebP serves still and animated ("a_…") pictures alike, the latter standing still.
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
